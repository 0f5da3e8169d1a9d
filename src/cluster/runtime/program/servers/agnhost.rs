//! What Kubernetes' own test image answers over HTTP (kubernetes: test/images/agnhost/netexec, test/images/agnhost/liveness).

use std::time::Duration;

use super::{Desk, Question, Site};

/// So long the server of `agnhost liveness` is well.
const WELL: Duration = Duration::from_secs(10);

/// The status and the text that `agnhost netexec` or `agnhost liveness` answers.
pub(super) fn answer(style: &str, path: &str, site: &Site, question: &Question, desk: &mut Desk) -> (u16, String) {
    let age = desk.now().since(site.began);
    if style == "liveness" {
        return match path {
            "/healthz" if age > WELL => (500, format!("error: {}", age.as_secs_f64())),
            "/healthz" => (200, "ok".to_owned()),
            "/started" => (200, format!("{}s", age.as_secs_f64())),
            _ => (404, "404 page not found\n".to_owned()),
        };
    }
    desk.say(true, &format!("{} GET {}", desk.time("%Y/%m/%d %H:%M:%S"), question.path));
    let asked = |key: &str| {
        let (_, query) = question.path.split_once('?')?;
        query.split('&').find_map(|pair| Some(pair.strip_prefix(key)?.strip_prefix('=')?.replace('+', " ")))
    };
    let text = match path {
        "/hostname" | "/hostName" => desk.hostname(),
        "/clientip" => format!("{}:40000", question.client),
        "/echo" => {
            let status = asked("code").and_then(|code| code.parse().ok()).unwrap_or(200);
            return (status, asked("msg").unwrap_or_default());
        }
        "/healthz" => String::new(),
        _ => format!("NOW: {} +0000 UTC", desk.time("%Y-%m-%d %H:%M:%S")),
    };
    (200, text)
}
