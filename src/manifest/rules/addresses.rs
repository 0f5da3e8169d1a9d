//! Rules on IP addresses and ranges beyond being one.

use std::net::Ipv6Addr;

use super::names::{self, Faults, Ip};

/// What makes an address unfit as one from outside (core/validation: ValidateNonSpecialIP).
pub fn special(text: &str) -> Faults {
    let Some(ip) = names::parse_ip(text) else { return Faults::new() };
    let (unspecified, loopback, link_local, multicast) = match ip {
        Ip::V4(ip) => {
            let local_multicast = matches!(ip.octets(), [224, 0, 0, _]);
            (ip.is_unspecified(), ip.is_loopback(), ip.is_link_local(), local_multicast)
        }
        Ip::V6(ip) => {
            let first = ip.segments().first().copied().unwrap_or(0);
            let (unicast, multicast) = (first & 0xffc0 == 0xfe80, first & 0xff0f == 0xff02);
            (ip == Ipv6Addr::UNSPECIFIED, ip.is_loopback(), unicast, multicast)
        }
    };
    let mut faults = Faults::new();
    for (is, text) in [
        (
            unspecified,
            match ip {
                Ip::V4(_) => "may not be unspecified (0.0.0.0)",
                Ip::V6(_) => "may not be unspecified (::)",
            },
        ),
        (loopback, "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        (link_local, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
        (multicast, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
    ] {
        if is {
            faults.push(text);
        }
    }
    faults
}

/// The address bits of a range, left-aligned in 128 bits, and how many of them the address has.
fn bits(ip: Ip) -> (u128, u32) {
    match ip {
        Ip::V4(ip) => (u128::from(u32::from(ip)) << 96, 32),
        Ip::V6(ip) => (u128::from(ip), 128),
    }
}

/// A range of addresses: its first address, the length of its prefix, and how many bits its addresses have. None where
/// the text is no range even to the older, lenient parsers of Go.
pub type Range = (u128, u32, u32);

/// The range that `text` writes.
pub fn range(text: &str) -> Option<Range> {
    let (address, length) = text.split_once('/')?;
    let (value, width) = bits(names::parse_ip(&loose(address))?);
    let prefix = length.parse::<u32>().ok().filter(|prefix| *prefix <= width)?;
    (length.bytes().all(|b| b.is_ascii_digit())).then_some((value & mask(prefix), prefix, width))
}

/// The address without leading zeros, as the lenient parsers of Go read it.
fn loose(address: &str) -> String {
    if address.contains(':') {
        return address.to_owned();
    }
    let plain = |part: &'_ str| -> String {
        match part.trim_start_matches('0') {
            "" => "0".to_owned(),
            digits => digits.to_owned(),
        }
    };
    address.split('.').map(plain).collect::<Vec<_>>().join(".")
}

fn mask(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128 - prefix.min(128)).unwrap_or(0)
}

/// Whether `part` lies in `whole` and is smaller.
pub fn is_strictly_within(part: Range, whole: Range) -> bool {
    part.2 == whole.2 && part.1 > whole.1 && part.0 & mask(whole.1) == whole.0
}

/// A CIDR by the strict rule of 1.36 (apimachinery: util/validation/ip.go IsValidCIDR).
pub fn cidr(text: &str) -> Faults {
    const NO_CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    let Some((address, length)) = text.split_once('/') else { return vec![NO_CIDR] };
    let Ok(prefix) = length.parse::<u32>() else { return vec![NO_CIDR] };
    let Some(ip) = names::parse_ip(&loose(address)) else { return vec![NO_CIDR] };
    let (value, width) = bits(ip);
    if prefix > width || !length.bytes().all(|b| b.is_ascii_digit()) {
        return vec![NO_CIDR];
    }
    let mut faults = Faults::new();
    if names::parse_ip(address).is_none() || (length.len() > 1 && length.starts_with('0')) {
        faults.push("must not have leading 0s in IP or prefix length");
    }
    if matches!(ip, Ip::V6(ip) if ip.to_ipv4_mapped().is_some()) {
        faults.push("must not have an IPv4-mapped IPv6 address");
    }
    if value.checked_shl(prefix).unwrap_or(0) != 0 {
        faults.push("must not have bits set beyond the prefix length");
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert!(cidr("10.0.0.0/8").is_empty());
        assert!(cidr("2001:db8::/64").is_empty());
        assert_eq!(cidr("10.0.0.1/8"), ["must not have bits set beyond the prefix length"]);
        assert_eq!(cidr("010.0.0.0/8"), ["must not have leading 0s in IP or prefix length"]);
        assert_eq!(cidr("foo").len(), 1);
        assert!(cidr("0.0.0.0/0").is_empty());
        assert!(!cidr("10.0.0.0/33").is_empty());
    }

    #[test]
    fn ranges_in_ranges() {
        let range = |text| range(text).unwrap();
        assert!(is_strictly_within(range("10.1.2.0/24"), range("10.1.0.0/16")));
        assert!(!is_strictly_within(range("10.1.0.0/16"), range("10.1.0.0/16")));
        assert!(!is_strictly_within(range("10.2.0.0/24"), range("10.1.0.0/16")));
        assert!(is_strictly_within(range("10.2.0.0/24"), range("0.0.0.0/0")));
        assert!(!is_strictly_within(range("2001:db8::/64"), range("0.0.0.0/0")));
    }

    #[test]
    fn special_addresses() {
        assert!(special("192.0.2.1").is_empty());
        assert_eq!(special("127.0.0.1").len(), 1);
        assert_eq!(special("0.0.0.0"), ["may not be unspecified (0.0.0.0)"]);
        assert_eq!(special("fe80::1").len(), 1);
    }
}
