//! Warnings on IP addresses that are read, but not written as they should be
//! (apimachinery: util/validation/ip.go GetWarningsForIP, GetWarningsForCIDR).

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::api::Path;
use crate::manifest::rules::errors::{Errors, push_go_quoted};
use crate::manifest::rules::names::{self, Ip};

const CODE: &str = "ip/form";

/// [`address`] for each of a list; `None` and empty texts are none.
pub fn list(addresses: &[String], path: &Path<'_>, errors: &mut Errors) {
    for (i, text) in addresses.iter().enumerate().filter(|(_, text)| !text.is_empty() && *text != "None") {
        address(text, &path.index(i), errors);
    }
}

/// `ip/form`: an address with leading zeros, an IPv4 address inside IPv6, or an IPv6 address in a longer form.
pub fn address(text: &str, path: &Path<'_>, errors: &mut Errors) {
    match loose(text) {
        Some(Ip::V4(ip)) if ip.to_string() != text => standard(text, &ip.to_string(), path, errors),
        Some(Ip::V6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => standard(text, &ip.to_string(), path, errors),
            None if ip.to_string() != text => {
                let ip = ip.to_string();
                let parts =
                    ["IPv6 address ", &quoted(text), " should be in RFC 5952 canonical format (", &quoted(&ip), ")"];
                errors.warning(CODE, path, &parts.concat(), true);
            }
            None => {}
        },
        _ => {}
    }
}

fn standard(text: &str, better: &str, path: &Path<'_>, errors: &mut Errors) {
    let parts = ["non-standard IP address ", &quoted(text), " is invalid: use ", &quoted(better)];
    errors.warning(CODE, path, &parts.concat(), true);
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    push_go_quoted(&mut out, text);
    out
}

/// The address, also one with leading zeros, as older parsers read it.
fn loose(text: &str) -> Option<Ip> {
    if text.contains(':') {
        return names::parse_ip(text);
    }
    let plain: Vec<&str> = text
        .split('.')
        .map(|part| match part.trim_start_matches('0') {
            "" if !part.is_empty() => "0",
            digits => digits,
        })
        .collect();
    names::parse_ip(&plain.join("."))
}

/// `ip/form` for ranges: bits beyond the prefix, and odd forms of address and prefix.
pub fn range(text: &str, path: &Path<'_>, errors: &mut Errors) {
    let Some((address, length)) = text.split_once('/') else { return };
    let (Some(ip), Ok(prefix)) = (loose(address), length.parse::<u32>()) else { return };
    let ip = match ip {
        Ip::V6(ip) => ip.to_ipv4_mapped().map_or(Ip::V6(ip), Ip::V4),
        ip => ip,
    };
    let (network, whole, width) = match ip {
        Ip::V4(ip) => {
            let mask = u32::MAX.checked_shl(32u32.saturating_sub(prefix)).unwrap_or(0);
            (Ipv4Addr::from(u32::from(ip) & mask).to_string(), ip.to_string(), 32)
        }
        Ip::V6(ip) => {
            let mask = u128::MAX.checked_shl(128u32.saturating_sub(prefix)).unwrap_or(0);
            (Ipv6Addr::from(u128::from(ip) & mask).to_string(), ip.to_string(), 128)
        }
    };
    let (of_network, of_host) = (format!("{network}/{prefix}"), format!("{whole}/{width}"));
    if network != whole {
        let parts = [
            "CIDR value ",
            &quoted(text),
            " is ambiguous in this context (should be ",
            &quoted(&of_network),
            " or ",
            &quoted(&of_host),
            "?)",
        ];
        errors.warning(CODE, path, &parts.concat(), true);
    } else if of_network != text {
        let lead = match ip {
            Ip::V4(_) => ["non-standard CIDR value ", &quoted(text), " is invalid: use ", &quoted(&of_network), ""],
            Ip::V6(_) => [
                "IPv6 CIDR value ",
                &quoted(text),
                " should be in RFC 5952 canonical format (",
                &quoted(&of_network),
                ")",
            ],
        };
        errors.warning(CODE, path, &lead.concat(), true);
    }
}
