//! What Go says of a TLS certificate and key that it cannot use, as far as the text files tell it
//! (Go: crypto/tls X509KeyPair). Of what lies inside the blocks only the outermost form of the certificate is judged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The fault of the pair; `None` where both files have blocks of the right kind.
pub fn pair_fault(certificate: &[u8], key: &[u8]) -> Option<String> {
    let found = blocks(certificate);
    let first = found.iter().find(|(name, _)| name == "CERTIFICATE").map(|(_, der)| der.clone());
    let found = names(found);
    let Some(first) = first else {
        return Some(match found.is_empty() {
            true => "tls: failed to find any PEM data in certificate input".to_owned(),
            false if found.len() == 1 && found.iter().all(|block| block.ends_with("PRIVATE KEY")) => {
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched".to_owned()
            }
            false => format!(
                "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [{}]",
                found.join(" ")
            ),
        });
    };
    let found = names(blocks(key));
    if !found.iter().any(|block| block.ends_with("PRIVATE KEY")) {
        return Some(match found.is_empty() {
            true => "tls: failed to find any PEM data in key input".to_owned(),
            false if found.len() == 1 && found.iter().all(|block| block == "CERTIFICATE") => {
                "tls: found a certificate rather than a key in the PEM for the private key".to_owned()
            }
            false => format!(
                "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [{}]",
                found.join(" ")
            ),
        });
    }
    certificate_fault(&first).map(str::to_owned)
}

/// What Go says of a certificate that is none: a sequence that begins with another (Go: crypto/x509 parseCertificate).
fn certificate_fault(der: &[u8]) -> Option<&'static str> {
    match sequence(der) {
        None => Some("x509: malformed certificate"),
        Some(content) => sequence(content).is_none().then_some("x509: malformed tbs certificate"),
    }
}

/// What lies in the sequence that `der` begins with; none where it begins with no whole one, its length written in the
/// shortest form (Go: vendor/golang.org/x/crypto/cryptobyte/asn1.go readASN1).
fn sequence(der: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let long = usize::from(first).checked_sub(0x80);
    let (length, rest) = match long {
        None => (usize::from(first), rest),
        Some(digits) => {
            let (digits, rest) = rest.split_at_checked(digits).filter(|(digits, _)| (1..=4).contains(&digits.len()))?;
            let length = digits.iter().fold(0, |length: usize, digit| (length << 8) | usize::from(*digit));
            let shortest = digits.first().is_some_and(|digit| *digit != 0) && length >= 0x80;
            (length, Some(rest).filter(|_| shortest)?)
        }
    };
    rest.get(..length).filter(|_| tag == SEQUENCE)
}

fn names(blocks: Vec<(String, Vec<u8>)>) -> Vec<String> {
    blocks.into_iter().map(|(name, _)| name).collect()
}

/// The PEM blocks in a file: the type of each, and what it holds.
fn blocks(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = String::from_utf8_lossy(file);
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines().map(str::trim_end) {
        if let Some(name) = line.strip_prefix("-----BEGIN ").and_then(|line| line.strip_suffix("-----")) {
            open = Some((name.to_owned(), String::new()));
        } else if let Some(name) = line.strip_prefix("-----END ").and_then(|line| line.strip_suffix("-----")) {
            if let Some((_, body)) = open.take().filter(|(opened, _)| opened == name)
                && let Ok(der) = STANDARD.decode(body)
            {
                found.push((name.to_owned(), der));
            }
        } else if let Some((_, body)) = open.as_mut().filter(|_| !line.contains(": ")) {
            body.push_str(line.trim());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults() {
        // A sequence with an empty one in it.
        let certificate = b"-----BEGIN CERTIFICATE-----\nMAIwAA==\n-----END CERTIFICATE-----\n";
        let key = b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        assert_eq!(pair_fault(certificate, key), None);
        assert!(pair_fault(b"x", key).is_some_and(|fault| fault.ends_with("PEM data in certificate input")));
        assert!(pair_fault(certificate, b"").is_some_and(|fault| fault.ends_with("PEM data in key input")));
        assert!(pair_fault(key, key).is_some_and(|fault| fault.contains("switched")));
        // The key is looked for first.
        let garbage = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(pair_fault(garbage, b"").is_some_and(|fault| fault.ends_with("PEM data in key input")));
        assert_eq!(pair_fault(garbage, key).as_deref(), Some("x509: malformed certificate"));
    }

    #[test]
    fn a_sequence_is_whole_and_says_how_long_it_is_in_the_shortest_form() {
        assert_eq!(sequence(&[0x30, 1, 7, 9]), Some(&[7][..]));
        assert_eq!(sequence(&[0x30, 0x81, 0x80]), None);
        assert_eq!(sequence(&[&[0x30, 0x81, 0x80][..], &[0; 128]].concat()).map(<[u8]>::len), Some(128));
        for broken in [&[][..], &[0x30], &[0x31, 0], &[0x30, 2, 0], &[0x30, 0x80], &[0x30, 0x81, 1, 0], &[0x30, 0x85]] {
            assert_eq!(sequence(broken), None, "{broken:?}");
        }
        assert_eq!(sequence(&[&[0x30, 0x82, 0, 0x80][..], &[0; 128]].concat()), None);
        assert_eq!(certificate_fault(&[0x30, 1, 7]), Some("x509: malformed tbs certificate"));
    }
}
