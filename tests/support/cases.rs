//! The cases of `tests/truth/validation`.
#![allow(dead_code, reason = "each test uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a recording that cannot be read fails the test")]

use std::io::Read as _;

use base64::Engine as _;
use podlab::manifest::decode_bytes;
use serde_json::Value;

/// The files, by the way in which their cases were made.
pub const FILES: [&str; 6] = ["text", "extra", "schema", "schema2", "semantic", "spec"];

/// The cases of one file.
pub fn of(file: &str) -> Vec<Value> {
    let packed = std::fs::read(format!("tests/truth/validation/{file}.jsonl.gz")).unwrap();
    let mut lines = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut lines).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every case.
pub fn all() -> Vec<Value> {
    FILES.iter().flat_map(|file| of(file)).collect()
}

/// The manifest of a case.
pub fn text_of(case: &Value) -> String {
    match case["yaml"].as_str() {
        Some(text) => decode_bytes(text.as_bytes()),
        None => {
            let packed = case["yaml_b64"].as_str().unwrap();
            decode_bytes(&base64::engine::general_purpose::STANDARD.decode(packed).unwrap())
        }
    }
}
