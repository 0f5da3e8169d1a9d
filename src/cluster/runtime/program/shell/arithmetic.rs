//! `$((…))`: whole numbers, `+ - * / %`, comparisons, parentheses, variables.

/// The value of `text`; `None` where it cannot be read or divides by zero.
pub(super) fn evaluate(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<i64> {
    let mut reader = Reader { rest: text, variable, depth: 0 };
    let value = reader.level(0)?;
    reader.rest.trim().is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
    depth: usize,
}

/// The operators from the loosest to the tightest.
const LEVELS: &[&[&str]] = &[&["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

impl Reader<'_> {
    fn level(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = LEVELS.get(level) else { return self.atom() };
        let mut value = self.level(level + 1)?;
        loop {
            self.rest = self.rest.trim_start();
            let Some(operator) = operators.iter().find(|operator| self.rest.starts_with(**operator)) else {
                return Some(value);
            };
            self.rest = self.rest.get(operator.len()..).unwrap_or_default();
            let right = self.level(level + 1)?;
            value = match *operator {
                "+" => value.wrapping_add(right),
                "-" => value.wrapping_sub(right),
                "*" => value.wrapping_mul(right),
                "/" => value.checked_div(right)?,
                "%" => value.checked_rem(right)?,
                "==" => i64::from(value == right),
                "!=" => i64::from(value != right),
                "<=" => i64::from(value <= right),
                ">=" => i64::from(value >= right),
                "<" => i64::from(value < right),
                _ => i64::from(value > right),
            };
        }
    }

    fn atom(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > 200 {
            return None;
        }
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest;
            let value = self.level(0)?;
            self.rest = self.rest.trim_start().strip_prefix(')')?;
            return Some(value);
        }
        if let Some(rest) = self.rest.strip_prefix('-') {
            self.rest = rest;
            return self.atom().map(i64::wrapping_neg);
        }
        let name = self.rest.strip_prefix('$').unwrap_or(self.rest);
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        let (word, rest) = name.split_at(end);
        self.rest = rest;
        match word.chars().next()? {
            c if c.is_ascii_digit() => word.parse().ok(),
            _ => Some((self.variable)(word).and_then(|value| value.trim().parse().ok()).unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_bind_as_in_a_shell() {
        let variable = |name: &str| (name == "i").then(|| "4".to_owned());
        for (text, value) in [
            ("1+2*3", Some(7)),
            ("(1+2)*3", Some(9)),
            ("i + 1", Some(5)),
            ("$i % 3", Some(1)),
            ("-i+1", Some(-3)),
            ("1 < 2", Some(1)),
            ("1/0", None),
            ("1 +", None),
        ] {
            assert_eq!(evaluate(text, &variable), value, "{text}");
        }
    }
}
