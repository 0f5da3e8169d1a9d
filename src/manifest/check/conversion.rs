//! What the server reads of an object's annotations when it turns the version that was sent into its own
//! (kubernetes: pkg/apis/apps/v1/conversion.go, 1.36).

use serde_json::Value;

use crate::api::admission::TEMPLATE_GENERATION;

/// A revision that a Deployment is to go back to, as clients of an older version ask for it.
pub(in crate::manifest) const ROLLBACK_TO: &str = "deprecated.deployment.rollback.to";

/// Why an object cannot be converted.
pub(super) struct Fault {
    /// The annotation that is at fault.
    pub annotation: &'static str,
    /// The server's words.
    pub message: String,
}

/// What keeps the object of `kind` from being converted.
pub(super) fn fault(kind: &str, object: &Value) -> Option<Fault> {
    let annotation = |name: &str| object.get("metadata")?.get("annotations")?.get(name)?.as_str();
    match kind {
        "DaemonSet" => {
            let message = whole(annotation(TEMPLATE_GENERATION)?)?;
            Some(Fault { annotation: TEMPLATE_GENERATION, message })
        }
        "Deployment" => {
            let text = annotation(ROLLBACK_TO).filter(|text| !text.is_empty())?;
            let message = format!("failed to parse annotation[{ROLLBACK_TO}]={text} as int64: {}", whole(text)?);
            Some(Fault { annotation: ROLLBACK_TO, message })
        }
        _ => None,
    }
}

/// Why a text is no whole number of 64 bits (Go: strconv.ParseInt).
fn whole(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let why = match text.parse::<i64>() {
        Ok(_) => return None,
        Err(_) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => "value out of range",
        Err(_) => "invalid syntax",
    };
    Some(format!("strconv.ParseInt: parsing {text:?}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn whole_numbers_are_read_as_go_reads_them() {
        assert_eq!([whole("1"), whole("-1"), whole("+1"), whole("007")], [None, None, None, None]);
        assert_eq!(whole("").as_deref(), Some("strconv.ParseInt: parsing \"\": invalid syntax"));
        assert_eq!(whole("1.5").as_deref(), Some("strconv.ParseInt: parsing \"1.5\": invalid syntax"));
        let long = "99999999999999999999";
        assert_eq!(whole(long), Some(format!("strconv.ParseInt: parsing {long:?}: value out of range")));
    }
}
