//! What an agent is told to do, read from the simple configurations of each.

use std::rc::Rc;
use std::time::Duration;

use super::super::super::expand_plain;

/// What it follows and where it ships the lines to.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    /// How long lines are gathered.
    pub flush: Duration,
}

/// Files that are followed.
#[derive(Clone, Debug, Default)]
pub(super) struct Input {
    /// A path with patterns.
    pub path: Rc<str>,
    pub tag: Rc<str>,
    /// Whether what stands in the files when it begins is shipped too.
    pub from_head: bool,
    /// Whether lines are read as JSON.
    pub json: bool,
    exclude: Rc<str>,
}

/// Where lines go.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub way: Way,
    pub host: Rc<str>,
    pub port: u16,
    /// Whether the line itself is shipped, without a record around it.
    pub raw: bool,
    matches: Rc<str>,
}

/// How they go there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way {
    /// To the agent's own log.
    Log,
    /// To a file.
    File(Rc<str>),
    /// As a request to this path.
    Http(Rc<str>),
    /// In the protocol of Fluentd.
    Forward,
    /// As bytes.
    Tcp,
}

impl Input {
    /// Whether a file is left out.
    pub fn excludes(&self, name: &str) -> bool {
        !self.exclude.is_empty() && super::super::super::shell::pattern::matches(&self.exclude, name)
    }
}

impl Output {
    /// Whether it takes what has this tag.
    pub fn takes(&self, tag: &str) -> bool {
        let one =
            |pattern: &str| matches!(pattern, "*" | "**") || super::super::super::shell::pattern::matches(pattern, tag);
        self.matches.is_empty() || self.matches.split_whitespace().any(one)
    }
}

/// Keys and values of one part of a configuration.
struct Part {
    name: String,
    values: Vec<(String, String)>,
}

impl Part {
    fn get(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.get(key).is_some_and(|known| known.eq_ignore_ascii_case(value))
    }

    /// A place to ship to.
    fn output(&self, kind: &str) -> Option<Output> {
        let port = |usual: u16| self.get("port").and_then(|port| port.parse().ok()).unwrap_or(usual);
        let path = self.get("uri").unwrap_or("/");
        let slash = if path.starts_with('/') { "" } else { "/" };
        let (way, port) = match kind {
            "stdout" => (Way::Log, 0),
            "file" => (Way::File(self.get("path").unwrap_or("/dev/null").into()), 0),
            "forward" | "secure_forward" => (Way::Forward, port(24224)),
            "tcp" | "udp" | "syslog" | "remote_syslog" => (Way::Tcp, port(5170)),
            "http" => (Way::Http(format!("{slash}{path}").into()), port(80)),
            "es" | "elasticsearch" | "opensearch" => (Way::Http("/_bulk".into()), port(9200)),
            "loki" => (Way::Http("/loki/api/v1/push".into()), port(3100)),
            "splunk" | "splunk_hec" => (Way::Http("/services/collector".into()), port(8088)),
            _ => return None,
        };
        let raw = self.get("raw_message_key").or(self.get("body_key")).is_some() || self.is("format", "single_value");
        let host = self.get("host").unwrap_or("127.0.0.1").into();
        let (host, port, way) = match self.get("endpoint").or(self.get("url")) {
            Some(url) => {
                let (host, port, path) = url_parts(url);
                (host, port, if matches!(way, Way::Http(_)) { Way::Http(path) } else { way })
            }
            None => (host, port, way),
        };
        Some(Output { way, host, port, raw, matches: self.get("match").unwrap_or_default().into() })
    }
}

fn url_parts(url: &str) -> (Rc<str>, u16, Rc<str>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let usual = if scheme == "https" { 443 } else { 80 };
    match authority.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host.into(), port, path.into()),
        None => (authority.into(), usual, path.into()),
    }
}

impl Config {
    /// Of the annotation: where to, then the files.
    pub fn plain(arguments: &[Rc<str>], environment: &[(String, String)]) -> Config {
        let inputs =
            arguments.iter().skip(1).map(|path| Input { path: path.clone(), from_head: true, ..Input::default() });
        let to = arguments.first().map(|to| expand_plain(to, environment)).unwrap_or_default();
        let (host, port) = to.rsplit_once(':').unwrap_or((&to, "0"));
        let way = if to == "stdout" { Way::Log } else { Way::Tcp };
        let port = port.parse().unwrap_or(0);
        let output = Output { way, host: host.into(), port, raw: true, matches: "".into() };
        Config { inputs: inputs.collect(), outputs: vec![output], flush: Duration::from_secs(1) }
    }

    /// Of a file.
    pub fn read(program: &str, text: &str, environment: &[(String, String)]) -> Config {
        match program {
            "fluent-bit" => Self::fluent_bit(&expand_plain(text, environment)),
            "fluentd" => Self::fluentd(text, environment),
            program => Self::scanned(program, &expand_plain(text, environment)),
        }
    }

    /// Of `-i tail -p path=… -o forward -p host=…`.
    pub fn options(arguments: &[Rc<str>], environment: &[(String, String)]) -> Config {
        let mut text = String::new();
        for pair in arguments.windows(2) {
            let value = &pair[1];
            match &*pair[0] {
                "-i" => text.push_str(&format!("[INPUT]\nName {value}\n")),
                "-o" => text.push_str(&format!("[OUTPUT]\nName {value}\n")),
                "-p" => text.push_str(&format!("{}\n", value.replacen('=', " ", 1))),
                "-m" => text.push_str(&format!("Match {value}\n")),
                "-t" => text.push_str(&format!("Tag {value}\n")),
                "-f" => text.push_str(&format!("[SERVICE]\nFlush {value}\n")),
                _ => {}
            }
        }
        Self::fluent_bit(&expand_plain(&text, environment))
    }

    /// `[INPUT]`, `[OUTPUT]`, `[SERVICE]` with a key and a value on each line.
    fn fluent_bit(text: &str) -> Config {
        let mut parts: Vec<Part> = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                parts.push(Part { name: name.to_ascii_lowercase(), values: Vec::new() });
            } else if let (Some(part), Some((key, value))) = (parts.last_mut(), line.split_once(char::is_whitespace)) {
                part.values.push((key.to_owned(), value.trim().to_owned()));
            }
        }
        let mut config = Config { flush: Duration::from_secs(1), ..Config::default() };
        for part in &parts {
            match part.name.as_str() {
                "service" => config.flush = seconds(part.get("flush")).unwrap_or(config.flush),
                "input" if part.is("name", "tail") => config
                    .inputs
                    .extend(inputs(part, part.is("read_from_head", "true") || part.is("read_from_head", "on"))),
                "output" => {
                    let kind = part.get("name").unwrap_or_default().to_ascii_lowercase();
                    config.outputs.extend(part.output(&kind));
                }
                _ => {}
            }
        }
        config
    }

    /// `<source>` and `<match>`.
    fn fluentd(text: &str, environment: &[(String, String)]) -> Config {
        let mut parts: Vec<Part> = Vec::new();
        let mut nested: Vec<String> = Vec::new();
        let mut config = Config { flush: Duration::from_secs(60), ..Config::default() };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if line.starts_with("</") {
                nested.pop();
            } else if let Some(open) = line.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
                let (name, argument) = open.split_once(' ').unwrap_or((open, ""));
                if nested.is_empty() {
                    let values = vec![("match".to_owned(), argument.trim().to_owned())];
                    parts.push(Part { name: name.to_owned(), values });
                }
                nested.push(name.to_owned());
            } else if let Some(part) = parts.last_mut() {
                let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                let mut value = value.trim().trim_matches('"').to_owned();
                while let Some((before, rest)) = value.split_once("#{ENV['")
                    && let Some((name, after)) = rest.split_once("']}")
                {
                    let known = environment.iter().rev().find(|(known, _)| known == name);
                    value = format!("{before}{}{after}", known.map_or("", |(_, value)| value));
                }
                // The kind of a part below says how lines are read or written, not what the part is.
                let key = match (key, nested.last().map(String::as_str)) {
                    ("@type", Some("parse")) => "parser",
                    ("@type", Some("format")) => "format",
                    ("@type", Some(inner)) if nested.len() > 1 => inner,
                    (key, _) => key,
                };
                part.values.push((key.to_owned(), value));
            }
        }
        for part in &parts {
            config.flush = seconds(part.get("flush_interval")).unwrap_or(config.flush);
            let kind = part.get("@type").unwrap_or_default();
            match part.name.as_str() {
                "source" if kind == "tail" => config.inputs.extend(inputs(part, part.is("read_from_head", "true"))),
                "match" if kind == "copy" => {
                    let stores: Vec<&str> =
                        part.values.iter().filter(|(key, _)| key == "store").map(|(_, kind)| kind.as_str()).collect();
                    config.outputs.extend(stores.into_iter().filter_map(|kind| part.output(kind)));
                }
                "match" => config.outputs.extend(part.output(kind)),
                _ => {}
            }
        }
        config
    }

    /// Of YAML and TOML: the paths that are named, and the first place to ship to.
    fn scanned(program: &str, text: &str) -> Config {
        let mut config = Config { flush: Duration::from_secs(1), ..Config::default() };
        let mut hosts = false;
        for line in text.lines() {
            let plain = line.trim().trim_start_matches("- ").trim();
            let value = plain.split_once([':', '=']).map_or(plain, |(_, value)| value);
            let value = value.trim().trim_matches(['"', '\'', '[', ']', ',', ' ']);
            let path = if plain.starts_with('/') { plain } else { value };
            let is_path = path.starts_with('/')
                && (plain.starts_with('/')
                    || plain.starts_with("__path__")
                    || plain.starts_with("include")
                    || plain.starts_with("paths"));
            if is_path {
                let path: Rc<str> = path.trim_matches(['"', '\'']).into();
                config.inputs.push(Input { path, tag: program.into(), from_head: true, ..Input::default() });
                continue;
            }
            if plain.starts_with("hosts") {
                hosts = true;
            }
            let url = plain.starts_with("url:")
                || plain.starts_with("endpoint")
                || plain.starts_with("uri")
                || plain.starts_with("address")
                || hosts && !value.is_empty();
            if url && config.outputs.is_empty() && value.contains(':') {
                let full = plain.split_once([':', '=']).map_or(plain, |(_, value)| value).trim();
                let full = full.trim_matches(['"', '\'', '[', ']', ',', ' ']);
                let full = if plain.contains(": ") || plain.contains('=') || hosts { full } else { plain };
                let (host, port, path) = url_parts(full);
                let way = if full.contains("://") { Way::Http(path) } else { Way::Tcp };
                config.outputs.push(Output { way, host, port, raw: true, matches: "".into() });
                hosts = false;
            }
        }
        config
    }
}

/// The files that a part names, several divided by commas.
fn inputs(part: &Part, from_head: bool) -> Vec<Input> {
    let tag: Rc<str> = part.get("tag").unwrap_or("tail.0").into();
    let json = part.get("parser").is_some_and(|parser| parser.to_ascii_lowercase().contains("json"));
    let exclude: Rc<str> = part.get("exclude_path").unwrap_or_default().into();
    let one =
        |path: &str| Input { path: path.trim().into(), tag: tag.clone(), from_head, json, exclude: exclude.clone() };
    part.get("path").unwrap_or_default().split(',').filter(|path| !path.trim().is_empty()).map(one).collect()
}

fn seconds(text: Option<&str>) -> Option<Duration> {
    let text = text?.trim().trim_end_matches('s');
    text.parse::<f64>().ok().filter(|seconds| (0.01..86_400.0).contains(seconds)).map(Duration::from_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(config: &Config) -> String {
        let inputs: Vec<String> = config.inputs.iter().map(|input| format!("{} {}", input.tag, input.path)).collect();
        let outputs: Vec<String> =
            config.outputs.iter().map(|out| format!("{:?} {}:{}", out.way, out.host, out.port)).collect();
        format!("{} -> {} every {:?}", inputs.join(", "), outputs.join(", "), config.flush)
    }

    #[test]
    fn configurations_are_read() {
        let environment = [("LOG_HOST".to_owned(), "logs.example.com".to_owned())];
        let text = "[SERVICE]\n  Flush 2\n[INPUT]\n  Name tail\n  Path /var/log/*.log,/x\n  Tag app\n[OUTPUT]\n  Name forward\n  Match *\n  Host ${LOG_HOST}\n";
        let config = Config::read("fluent-bit", text, &environment);
        assert_eq!(shown(&config), "app /var/log/*.log, app /x -> Forward logs.example.com:24224 every 2s");
        let text = "<source>\n  @type tail\n  path /var/log/app.log\n  tag app.log\n  <parse>\n    @type none\n  </parse>\n</source>\n\
                    <match app.**>\n  @type forward\n  <buffer>\n    flush_interval 1s\n  </buffer>\n  <server>\n    host \"#{ENV['LOG_HOST']}\"\n    port 24224\n  </server>\n</match>\n";
        let config = Config::read("fluentd", text, &environment);
        assert_eq!(shown(&config), "app.log /var/log/app.log -> Forward logs.example.com:24224 every 1s");
        assert!(config.outputs[0].takes("app.log") && !config.outputs[0].takes("other"));
        let text = "filebeat.inputs:\n- type: filestream\n  paths:\n  - /var/log/*.log\noutput.logstash:\n  hosts: [\"logs.example.com:5044\"]\n";
        let config = Config::read("filebeat", text, &environment);
        assert_eq!(shown(&config), "filebeat /var/log/*.log -> Tcp logs.example.com:5044 every 1s");
        let text = "clients:\n- url: http://loki:3100/loki/api/v1/push\nscrape_configs:\n- static_configs:\n  - labels:\n      __path__: /var/log/*.log\n";
        let config = Config::read("promtail", text, &environment);
        assert_eq!(shown(&config), "promtail /var/log/*.log -> Http(\"/loki/api/v1/push\") loki:3100 every 1s");
    }
}
