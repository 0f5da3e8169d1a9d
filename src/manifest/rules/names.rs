//! The name predicates: each says what is wrong with a name, in the server's words and order, or nothing.
//!
//! Source: apimachinery: util/validation/validation.go, 1.36. The patterns are matched by hand; a regular expression
//! engine would cost more bytes than the whole rest of the page's rules.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What is wrong with a name; empty when it is good.
pub type Faults = Vec<&'static str>;

macro_rules! subdomain {
    ($prefix:literal) => {
        concat!(
            $prefix,
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        )
    };
}

macro_rules! qualified {
    ($prefix:literal, $suffix:literal) => {
        concat!(
            $prefix,
            "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            $suffix
        )
    };
}

const SUBDOMAIN: &str = subdomain!("");
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENV_NAME: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
const HTTP_HEADER: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
const SEARCH: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
const TOO_LONG_63: &str = "must be no more than 63 characters";
const TOO_LONG_253: &str = "must be no more than 253 characters";

/// The text for a port number out of range.
pub const PORT_RANGE: &str = "must be between 1 and 65535, inclusive";
/// The text for a user or group id out of range.
pub const ID_RANGE: &str = "must be between 0 and 2147483647, inclusive";
/// The text for a number below zero.
pub const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
/// The text for a number that is not positive.
pub const POSITIVE: &str = "must be greater than zero";

/// Whether `text` is non-empty, begins and ends with a byte of `edge` and has only bytes of `edge` or `inner`.
fn shaped(text: &str, edge: fn(u8) -> bool, inner: &[u8]) -> bool {
    let bytes = text.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(|&b| edge(b));
    ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(|&b| edge(b) || inner.contains(&b))
}

fn lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn matches_label(text: &str) -> bool {
    shaped(text, lower_alphanumeric, b"-")
}

fn matches_subdomain(text: &str) -> bool {
    text.split('.').all(matches_label)
}

fn check(too_long: bool, length_text: &'static str, matches: bool, shape_text: &'static str) -> Faults {
    let mut faults = Faults::new();
    if too_long {
        faults.push(length_text);
    }
    if !matches {
        faults.push(shape_text);
    }
    faults
}

/// A DNS-1123 label: container, volume and namespace names, `hostname`.
pub fn dns1123_label(text: &str) -> Faults {
    let shape_text = if matches_subdomain(text) { "must not contain dots" } else { LABEL };
    check(text.len() > 63, TOO_LONG_63, matches_label(text), shape_text)
}

/// A DNS-1123 subdomain: most object names.
pub fn dns1123_subdomain(text: &str) -> Faults {
    check(text.len() > 253, TOO_LONG_253, matches_subdomain(text), SUBDOMAIN)
}

/// A subdomain whose first part is `*`: hosts of an Ingress.
pub fn wildcard_subdomain(text: &str) -> Faults {
    let matches = text.strip_prefix("*.").is_some_and(matches_subdomain);
    check(text.len() > 253, TOO_LONG_253, matches, WILDCARD)
}

/// A part of a URL's path: what the names of Roles may not be or hold (apimachinery: api/validation/path/name.go).
pub fn path_segment(text: &str) -> Faults {
    match text {
        "." => vec!["may not be '.'"],
        ".." => vec!["may not be '..'"],
        _ => {
            let found = [("/", "may not contain '/'"), ("%", "may not contain '%'")];
            found.iter().filter(|(sign, _)| text.contains(sign)).map(|(_, fault)| *fault).collect()
        }
    }
}

/// A DNS-1035 label: Service names where the relaxed rule is off.
pub fn dns1035_label(text: &str) -> Faults {
    let matches = matches_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase());
    check(text.len() > 63, TOO_LONG_63, matches, DNS1035)
}

/// The name as it would be after a suffix was appended: a trailing dash does no harm in `generateName`
/// (apimachinery: api/validation/generic.go maskTrailingDash).
pub fn mask_trailing_dash(text: &str) -> String {
    match text.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut masked: String = rest.to_owned();
            masked.pop();
            masked.push('a');
            masked
        }
        _ => text.to_owned(),
    }
}

/// A qualified name, `[prefix/]name`: keys of labels and annotations, finalizers, conditions, resources.
pub fn qualified_name(text: &str) -> Faults {
    let mut faults = Faults::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            faults.push(qualified!(
                "a valid label key ",
                " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ));
            return faults;
        }
        Some(("", name)) => {
            faults.push("prefix part must be non-empty");
            name
        }
        Some((prefix, name)) => {
            if prefix.len() > 253 {
                faults.push("prefix part must be no more than 253 bytes");
            }
            if !matches_subdomain(prefix) {
                faults.push(subdomain!("prefix part "));
            }
            name
        }
    };
    if name.is_empty() {
        faults.push("name part must be non-empty");
    } else if name.len() > 63 {
        faults.push("name part must be no more than 63 bytes");
    }
    if !shaped(name, alphanumeric, b"-_.") {
        faults.push(qualified!("name part ", ""));
    }
    faults
}

/// A label value; empty is good.
pub fn label_value(text: &str) -> Faults {
    let matches = text.is_empty() || shaped(text, alphanumeric, b"-_.");
    check(text.len() > 63, "must be no more than 63 bytes", matches, LABEL_VALUE)
}

/// A port name (IANA service name).
pub fn port_name(text: &str) -> Faults {
    let mut faults = Faults::new();
    if text.len() > 15 {
        faults.push("must be no more than 15 characters");
    }
    if text.is_empty() || !text.bytes().all(|b| lower_alphanumeric(b) || b == b'-') {
        faults.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !text.bytes().any(|b| b.is_ascii_lowercase()) {
        faults.push("must contain at least one letter (a-z)");
    }
    if text.contains("--") {
        faults.push("must not contain consecutive hyphens");
    }
    if text.starts_with('-') || text.ends_with('-') {
        faults.push("must not begin or end with a hyphen");
    }
    faults
}

/// A port number.
pub fn port_number(number: i64) -> Faults {
    in_range(number, 1, 65535, PORT_RANGE)
}

/// A user or group id.
pub fn id(number: i64) -> Faults {
    in_range(number, 0, 2_147_483_647, ID_RANGE)
}

fn in_range(number: i64, min: i64, max: i64, text: &'static str) -> Faults {
    if (min..=max).contains(&number) { Faults::new() } else { vec![text] }
}

/// A key of a ConfigMap or Secret.
pub fn config_key(text: &str) -> Faults {
    let matches = !text.is_empty() && text.bytes().all(|b| alphanumeric(b) || b"-._".contains(&b));
    let mut faults = check(text.len() > 253, TOO_LONG_253, matches, CONFIG_KEY);
    match text {
        "." => faults.push("must not be '.'"),
        ".." => faults.push("must not be '..'"),
        _ if text.starts_with("..") => faults.push("must not start with '..'"),
        _ => {}
    }
    faults
}

/// The name of an environment variable, by the relaxed rule that is general since 1.34.
pub fn env_name(text: &str) -> Faults {
    if text.is_empty() {
        return vec!["environment variable name must be non-empty"];
    }
    check(false, "", text.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'='), ENV_NAME)
}

/// The name of an HTTP header.
pub fn http_header(text: &str) -> Faults {
    let matches = !text.is_empty() && text.bytes().all(|b| alphanumeric(b) || b == b'-');
    check(false, "", matches, HTTP_HEADER)
}

/// A DNS search path; the caller takes one trailing dot away.
pub fn dns_search(text: &str) -> Faults {
    let part = |part: &str| shaped(part.strip_prefix('_').unwrap_or(part), lower_alphanumeric, b"-_");
    check(text.len() > 253, TOO_LONG_253, text.split('.').all(part), SEARCH)
}

/// The pattern that sysctl names follow, for the message.
pub const SYSCTL_FAULT: &str = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";

/// Whether `text` is the name of a sysctl.
pub fn is_sysctl(text: &str) -> bool {
    text.len() <= 253 && text.split(['.', '/']).all(|part| shaped(part, lower_alphanumeric, b"-_"))
}

/// A percentage such as `25%`.
pub fn percent(text: &str) -> Faults {
    let matches =
        text.strip_suffix('%').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    check(false, "", matches, PERCENT)
}

/// An IP address by the strict rule of 1.36 (apimachinery: util/validation/ip.go IsValidIP).
pub fn ip(text: &str) -> Faults {
    match (parse_ip(text), parse_ip(&without_leading_zeros(text))) {
        (_, None) => vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
        (None, Some(_)) => vec!["must not have leading 0s"],
        (Some(Ip::V6(address)), _) if address.to_ipv4_mapped().is_some() => {
            vec!["must not be an IPv4-mapped IPv6 address"]
        }
        _ => Faults::new(),
    }
}

/// An IP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ip {
    /// `10.0.0.1`.
    V4(Ipv4Addr),
    /// `2001:db8::1`.
    V6(Ipv6Addr),
}

/// The address that `text` writes, without leading zeros and zones.
pub fn parse_ip(text: &str) -> Option<Ip> {
    match text.contains(':') {
        true => text.parse().ok().map(Ip::V6),
        false => text.parse().ok().map(Ip::V4),
    }
}

/// `text` with the leading zeros of each run of digits taken away, as the older parsers of Go read it.
fn without_leading_zeros(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if !first.is_ascii_hexdigit() {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        let end = rest.bytes().position(|b| !b.is_ascii_hexdigit()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        match run.trim_start_matches('0') {
            "" => out.push('0'),
            digits => out.push_str(digits),
        }
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_subdomains() {
        assert!(dns1123_label("my-name0").is_empty());
        assert_eq!(dns1123_label("a.b"), ["must not contain dots"]);
        assert_eq!(dns1123_label(""), [LABEL]);
        assert_eq!(dns1123_label(&"a".repeat(64)), [TOO_LONG_63, "must not contain dots"][..1]);
        assert_eq!(dns1123_label("-a"), [LABEL]);
        assert!(dns1123_subdomain("a.b-c.d").is_empty());
        assert_eq!(dns1123_subdomain("a..b"), [SUBDOMAIN]);
        assert_eq!(dns1035_label("1a"), [DNS1035]);
    }

    #[test]
    fn qualified_names() {
        assert!(qualified_name("example.com/My_Name").is_empty());
        assert_eq!(qualified_name("/x"), ["prefix part must be non-empty"]);
        assert_eq!(qualified_name("x/").len(), 2);
        assert!(qualified_name("a/b/c").first().is_some_and(|text| text.starts_with("a valid label key must")));
    }

    #[test]
    fn addresses() {
        assert!(ip("1.2.3.4").is_empty());
        assert!(ip("2001:db8::ffff").is_empty());
        assert_eq!(ip("010.1.1.1"), ["must not have leading 0s"]);
        assert_eq!(ip("::ffff:1.2.3.4"), ["must not be an IPv4-mapped IPv6 address"]);
        assert!(ip("1.2.3").first().is_some_and(|text| text.starts_with("must be a valid IP")));
        assert!(!ip("fe80::1%eth0").is_empty());
    }

    #[test]
    fn a_trailing_dash_is_masked() {
        assert_eq!(mask_trailing_dash("web-"), "wea");
        assert_eq!(mask_trailing_dash("-"), "-");
    }
}
