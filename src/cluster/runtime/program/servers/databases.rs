//! Databases as far as their own clients' simple commands go: Redis with strings, counters and lists, and statements of
//! SQL of which only the kind is understood.

use collections::Map as BTreeMap;
use std::rc::Rc;

use crate::cluster::network::Protocol;

/// What a server keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Data {
    values: Rc<BTreeMap<String, Vec<String>>>,
    /// Rows that were put into tables.
    rows: Rc<BTreeMap<String, u64>>,
    /// What Redis is configured to.
    settings: Rc<BTreeMap<String, Vec<String>>>,
}

/// What Redis is configured to where nothing is said, as far as people ask (redis: src/config.c).
const USUAL: [(&str, &str); 5] = [
    ("appendonly", "no"),
    ("maxmemory", "0"),
    ("maxmemory-policy", "noeviction"),
    ("port", "6379"),
    ("save", "3600 1 300 100 60 10000"),
];

/// So many values are kept.
const VALUES: usize = 4_096;

/// What a server that keeps nothing answers.
pub(crate) fn stateless(protocol: Protocol, text: &str) -> String {
    Data::default().answer(protocol, text)
}

impl Data {
    /// The answer to a command, as the protocol's own client prints it.
    pub fn answer(&mut self, protocol: Protocol, text: &str) -> String {
        match protocol {
            Protocol::Redis => self.redis(text),
            Protocol::Postgres => self.postgres(text),
            _ => self.mysql(text),
        }
    }

    /// Redis is told a setting.
    pub fn configure(&mut self, key: &str, value: &str) {
        let mut value = value.to_owned();
        if key == "maxmemory" {
            let lower = value.to_ascii_lowercase();
            let digits = lower.trim_end_matches(|c: char| !c.is_ascii_digit());
            let unit: u64 = match lower.get(digits.len()..).unwrap_or_default() {
                "k" => 1_000,
                "kb" => 1 << 10,
                "m" => 1_000_000,
                "mb" => 1 << 20,
                "g" => 1_000_000_000,
                "gb" => 1 << 30,
                _ => 1,
            };
            value = digits.parse::<u64>().map_or(0, |number| number.saturating_mul(unit)).to_string();
        }
        if self.settings.len() < VALUES {
            Rc::make_mut(&mut self.settings).insert(key.to_ascii_lowercase(), vec![value]);
        }
    }

    /// `CONFIG GET` of some names, `CONFIG SET`.
    fn config(&mut self, arguments: &[&str]) -> String {
        match arguments {
            [verb, names @ ..] if verb.eq_ignore_ascii_case("get") => {
                let mut out = String::new();
                for name in names {
                    let name = name.to_ascii_lowercase();
                    let usual = USUAL.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
                    let said = self.settings.get(&name).and_then(|values| values.first()).map(String::as_str);
                    if let Some(value) = said.or(usual) {
                        out.push_str(&format!("{name}\n{value}\n"));
                    }
                }
                if out.is_empty() { "\n".to_owned() } else { out }
            }
            [verb, key, value] if verb.eq_ignore_ascii_case("set") => {
                self.configure(key, value);
                "OK\n".to_owned()
            }
            _ => "OK\n".to_owned(),
        }
    }

    fn redis(&mut self, text: &str) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some((command, arguments)) = words.split_first() else { return "\n".to_owned() };
        let key = arguments.first().copied().unwrap_or_default().to_owned();
        let rest = || arguments.get(1..).unwrap_or_default();
        let wrong =
            |command: &str| format!("ERR wrong number of arguments for '{}' command\n\n", command.to_lowercase());
        let value = self.values.get(&key).cloned();
        let number = |value: usize| format!("{value}\n");
        let command = command.to_ascii_uppercase();
        if key.is_empty()
            && !matches!(&*command, "PING" | "INFO" | "DBSIZE" | "FLUSHALL" | "FLUSHDB" | "QUIT" | "TIME" | "COMMAND")
        {
            return wrong(&command);
        }
        if self.values.len() >= VALUES && value.is_none() && matches!(&*command, "SET" | "LPUSH" | "RPUSH" | "INCR") {
            return "OOM command not allowed when used memory > 'maxmemory'.\n\n".to_owned();
        }
        let values = Rc::make_mut(&mut self.values);
        match &*command {
            "PING" if key.is_empty() => "PONG\n".to_owned(),
            "PING" | "ECHO" => format!("{key}\n"),
            "CONFIG" => self.config(arguments),
            "AUTH" | "SELECT" | "EXPIRE" | "QUIT" => "OK\n".to_owned(),
            "SET" => {
                values.insert(key, vec![rest().first().copied().unwrap_or_default().to_owned()]);
                "OK\n".to_owned()
            }
            "GET" => value.and_then(|value| value.into_iter().next()).unwrap_or_default() + "\n",
            "DEL" => {
                let gone = arguments.iter().filter(|key| values.remove(**key).is_some()).count();
                number(gone)
            }
            "EXISTS" => number(arguments.iter().filter(|key| values.contains_key(**key)).count()),
            "INCR" | "DECR" | "INCRBY" => {
                let by = rest().first().and_then(|by| by.parse().ok()).unwrap_or(1_i64);
                let by = if command == "DECR" { -1 } else { by };
                let before = value.and_then(|value| value.first()?.parse::<i64>().ok()).unwrap_or(0);
                let after = before.saturating_add(by);
                values.insert(key, vec![after.to_string()]);
                format!("{after}\n")
            }
            "LPUSH" | "RPUSH" => {
                let list = values.entry(key).or_default();
                for word in rest() {
                    let at = if command == "LPUSH" { 0 } else { list.len() };
                    list.insert(at, (*word).to_owned());
                }
                list.truncate(VALUES);
                number(list.len())
            }
            "LPOP" | "RPOP" => {
                let list = values.entry(key).or_default();
                let at = if command == "LPOP" { 0 } else { list.len().saturating_sub(1) };
                if list.is_empty() { "\n".to_owned() } else { list.remove(at) + "\n" }
            }
            "LLEN" => number(value.map_or(0, |value| value.len())),
            "LRANGE" => value.map_or_else(|| "\n".to_owned(), |value| value.join("\n") + "\n"),
            "KEYS" => values.keys().fold(String::new(), |so_far, key| so_far + key + "\n"),
            "DBSIZE" => number(values.len()),
            "FLUSHALL" | "FLUSHDB" => {
                values.clear();
                "OK\n".to_owned()
            }
            "INFO" => "# Server\nredis_version:7.4.0\nredis_mode:standalone\n# Replication\nrole:master\n".to_owned(),
            _ => format!("ERR unknown command '{command}', with args beginning with: '{key}'\n\n"),
        }
    }

    fn postgres(&mut self, text: &str) -> String {
        let statement = Statement::of(text);
        match &*statement.verb {
            "" => String::new(),
            "SELECT" => {
                let (name, value) = self.selected(&statement, "?column?");
                let width = name.len().max(value.len()) + 2;
                let pad = " ".repeat(width.saturating_sub(value.len() + 1));
                format!(
                    " {name}{}\n{}\n{pad}{value}\n(1 row)\n\n",
                    " ".repeat(width.saturating_sub(name.len() + 1)),
                    "-".repeat(width)
                )
            }
            "INSERT" => {
                self.insert(&statement);
                format!("INSERT 0 {}\n", statement.rows)
            }
            "UPDATE" | "DELETE" => format!("{} {}\n", statement.verb, self.count(&statement.table)),
            verb @ ("CREATE" | "DROP" | "ALTER") => format!("{verb} {}\n", statement.kind),
            "\\L" | "\\DT" | "\\D" => "Did not find any relations.\n".to_owned(),
            verb => format!("{verb}\n"),
        }
    }

    fn mysql(&mut self, text: &str) -> String {
        let statement = Statement::of(text);
        match &*statement.verb {
            "SELECT" => {
                let (name, value) = self.selected(&statement, "1");
                format!("{name}\n{value}\n")
            }
            "INSERT" => {
                self.insert(&statement);
                String::new()
            }
            "SHOW" => "Database\ninformation_schema\nmysql\nperformance_schema\nsys\n".to_owned(),
            "PING" => "mysqld is alive\n".to_owned(),
            _ => String::new(),
        }
    }

    fn insert(&mut self, statement: &Statement) {
        if self.rows.len() < VALUES {
            let rows = Rc::make_mut(&mut self.rows).entry(statement.table.clone()).or_default();
            *rows = rows.saturating_add(statement.rows);
        }
    }

    fn count(&self, table: &str) -> u64 {
        self.rows.get(table).copied().unwrap_or(0)
    }

    /// The name and the value of the only column that is selected.
    fn selected(&self, statement: &Statement, unnamed: &str) -> (String, String) {
        let what = statement.what.as_str();
        match what.to_ascii_lowercase() {
            lower if lower.starts_with("count(") => ("count".to_owned(), self.count(&statement.table).to_string()),
            lower if lower == "version()" => ("version".to_owned(), "PostgreSQL 16.4".to_owned()),
            lower if lower == "now()" => ("now".to_owned(), "2026-01-01 00:00:00+00".to_owned()),
            _ => (unnamed.to_owned(), what.trim_matches('\'').to_owned()),
        }
    }
}

/// A statement of SQL, as far as it is understood.
struct Statement {
    verb: String,
    /// What is created (`TABLE`).
    kind: String,
    table: String,
    /// What is selected.
    what: String,
    /// How many rows are inserted.
    rows: u64,
}

impl Statement {
    fn of(text: &str) -> Statement {
        let text = text.trim().trim_end_matches(';');
        let words: Vec<&str> = text.split_whitespace().collect();
        let upper: Vec<String> = words.iter().map(|word| word.to_ascii_uppercase()).collect();
        let after = |key: &str| {
            let at = upper.iter().position(|word| word == key)?;
            let word = words.get(at + 1)?;
            Some(word.split('(').next().unwrap_or_default().trim_matches('"').to_ascii_lowercase())
        };
        let table = after("FROM").or_else(|| after("INTO")).or_else(|| after("UPDATE")).unwrap_or_default();
        let to = upper.iter().position(|word| word == "FROM").unwrap_or(words.len());
        let rows = upper.iter().position(|word| word.starts_with("VALUES"));
        let rows = rows
            .map_or(1, |_| text.to_ascii_uppercase().split("VALUES").nth(1).unwrap_or_default().matches('(').count());
        Statement {
            verb: upper.first().cloned().unwrap_or_default(),
            kind: upper.get(1).cloned().unwrap_or_default(),
            table,
            what: words.get(1..to).unwrap_or_default().join(" "),
            rows: rows.max(1) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redis_keeps_what_it_is_told() {
        let mut data = Data::default();
        let said = ["PING", "set a 1", "INCR a", "GET a", "RPUSH l x y", "LRANGE l 0 -1", "NOPE x"];
        let answers: Vec<String> = said.iter().map(|text| data.answer(Protocol::Redis, text)).collect();
        assert_eq!(answers[..6], ["PONG\n", "OK\n", "2\n", "2\n", "2\n", "x\ny\n"]);
        assert!(answers[6].starts_with("ERR unknown command 'NOPE'"));
        assert_eq!(data.answer(Protocol::Redis, "CONFIG GET maxmemory"), "maxmemory\n0\n");
        data.configure("maxmemory", "2mb");
        assert_eq!(data.answer(Protocol::Redis, "config get maxmemory"), "maxmemory\n2097152\n");
    }

    #[test]
    fn sql_is_answered_by_its_kind() {
        let mut data = Data::default();
        let mut ask = |text: &str| data.answer(Protocol::Postgres, text);
        assert_eq!(ask("CREATE TABLE t (id int);"), "CREATE TABLE\n");
        assert_eq!(ask("INSERT INTO t (id) VALUES (1), (2)"), "INSERT 0 2\n");
        assert_eq!(ask("select count(*) from t"), " count \n-------\n     2\n(1 row)\n\n");
        assert_eq!(ask("SELECT 1"), " ?column? \n----------\n        1\n(1 row)\n\n");
    }
}
