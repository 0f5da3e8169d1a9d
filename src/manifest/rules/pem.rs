//! What Go says of a TLS certificate and key that it cannot use, as far as the text files tell it
//! (Go: crypto/tls X509KeyPair). What lies inside the blocks is not judged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The fault of the pair; `None` where both files have blocks of the right kind.
pub fn pair_fault(certificate: &[u8], key: &[u8]) -> Option<String> {
    let found = blocks(certificate);
    if !found.iter().any(|block| block == "CERTIFICATE") {
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
    }
    let found = blocks(key);
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
    None
}

/// The types of the PEM blocks in a file.
fn blocks(file: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(file);
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines().map(str::trim_end) {
        if let Some(name) = line.strip_prefix("-----BEGIN ").and_then(|line| line.strip_suffix("-----")) {
            open = Some((name.to_owned(), String::new()));
        } else if let Some(name) = line.strip_prefix("-----END ").and_then(|line| line.strip_suffix("-----")) {
            if let Some((_, body)) = open.take().filter(|(opened, _)| opened == name)
                && STANDARD.decode(body).is_ok()
            {
                found.push(name.to_owned());
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
        let certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let key = b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        assert_eq!(pair_fault(certificate, key), None);
        assert!(pair_fault(b"x", key).is_some_and(|fault| fault.ends_with("PEM data in certificate input")));
        assert!(pair_fault(certificate, b"").is_some_and(|fault| fault.ends_with("PEM data in key input")));
        assert!(pair_fault(key, key).is_some_and(|fault| fault.contains("switched")));
    }
}
