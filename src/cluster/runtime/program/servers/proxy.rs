//! What proxies and web servers are configured to do: `socat`, and the common words of nginx, HAProxy and Envoy.

use std::rc::Rc;

use super::super::images::Image;
use super::super::machine::{Cx, Io};
use super::{Rule, Site, What};

/// The ports and the site of `socat TCP-LISTEN:5432,fork TCP:host:5432`; none where it does something else.
pub(in super::super) fn socat(arguments: &[Rc<str>]) -> Option<(Vec<u16>, Site)> {
    let mut addresses = arguments.iter().filter(|word| !word.starts_with('-') || &***word == "-");
    let (listens, leads) = (addresses.next()?, addresses.next()?);
    let (kind, rest) = listens.split_once(':')?;
    if !matches!(
        kind.to_ascii_uppercase().as_str(),
        "TCP-LISTEN" | "TCP4-LISTEN" | "TCP-L" | "TCP6-LISTEN" | "UDP-LISTEN"
    ) {
        return None;
    }
    let port: u16 = rest.split(',').next()?.parse().ok()?;
    let (kind, rest) = leads.split_once(':')?;
    if !matches!(
        kind.to_ascii_uppercase().as_str(),
        "TCP" | "TCP4" | "TCP-CONNECT" | "TCP4-CONNECT" | "OPENSSL" | "UDP"
    ) {
        return None;
    }
    let (host, to) = rest.split(',').next()?.rsplit_once(':')?;
    let to: u16 = to.parse().ok()?;
    Some((vec![port], Site { forwards: [(port, host.into(), to)].into(), style: "other".into(), ..Site::default() }))
}

/// The ports and the site that a configuration says.
///
/// # Errors
/// What the program writes when it cannot read its configuration.
pub(in super::super) fn configured(
    base: &str,
    file: Option<&str>,
    image: Image,
    io: &Io,
    cx: &mut Cx,
) -> Result<(Vec<u16>, Site), String> {
    let mut site = Site::of(image);
    let usual = match base {
        "nginx" => "/etc/nginx/nginx.conf",
        "haproxy" => "/usr/local/etc/haproxy/haproxy.cfg",
        _ => "/etc/envoy/envoy.yaml",
    };
    let path = file.map_or_else(|| usual.to_owned(), |file| io.path(file));
    let read =
        |path: &str, cx: &mut Cx| cx.files(0).read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = match read(&path, cx) {
        Ok(text) => text,
        // Where only a part of its folder is mounted the image's own file is there.
        Err(_) if file.is_none() => String::new(),
        Err(error) => {
            return Err(match base {
                "nginx" => format!("nginx: [emerg] open() \"{path}\" failed ({}: {error})", error.number()),
                "haproxy" => format!("[ALERT]    (1) : Cannot open configuration file/directory {path} : {error}"),
                _ => format!("error initializing configuration '{path}': unable to read file: {path}"),
            });
        }
    };
    let ports = match base {
        "nginx" => {
            let mut all = text.clone();
            if text.is_empty() || text.contains("conf.d") {
                let files = cx.files(0);
                for name in files.list("/etc/nginx/conf.d").unwrap_or_default() {
                    if name.ends_with(".conf")
                        && let Ok(bytes) = files.read(&format!("/etc/nginx/conf.d/{name}"))
                    {
                        all.push('\n');
                        all.push_str(&String::from_utf8_lossy(&bytes));
                    }
                }
            }
            nginx(&all, &mut site)
        }
        "haproxy" => haproxy(&text, &mut site),
        _ => envoy(&text, &mut site),
    };
    let ports = if ports.is_empty() && text.is_empty() { image.ports().collect() } else { ports };
    Ok((ports, site))
}

/// `host:port`, with a port that is usual where there is none.
fn target(text: &str, usual: u16) -> (Rc<str>, u16) {
    let text = text.split(['/', ' ']).next().unwrap_or_default();
    match text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host.into(), port),
        None => (text.into(), usual),
    }
}

/// Words and punctuation of nginx' language.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut comment = false;
    for c in text.chars() {
        match (c, quote) {
            ('\n', _) if comment => comment = false,
            _ if comment => {}
            (c, Some(mark)) if c == mark => quote = None,
            (c, Some(_)) => word.push(c),
            ('"' | '\'', None) => quote = Some(c),
            ('#', None) if word.is_empty() => comment = true,
            ('{' | '}' | ';', None) => {
                if !word.is_empty() {
                    tokens.push(std::mem::take(&mut word));
                }
                tokens.push(c.to_string());
            }
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    tokens.push(std::mem::take(&mut word));
                }
            }
            (c, None) => word.push(c),
        }
    }
    tokens
}

/// Reads `server`, `listen`, `location`, `root`, `proxy_pass`, `return` and `upstream`.
fn nginx(text: &str, site: &mut Site) -> Vec<u16> {
    let tokens = tokens(text);
    let mut upstreams: Vec<(String, String)> = Vec::new();
    let mut blocks: Vec<Vec<String>> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let (mut ports, mut forwards, mut rules) = (Vec::new(), Vec::new(), Vec::new());
    let mut server_ports: Vec<u16> = Vec::new();
    let mut server_from = (0, 0);
    for token in tokens {
        match token.as_str() {
            "{" => {
                if words.first().is_some_and(|word| word == "server") {
                    server_ports.clear();
                    server_from = (rules.len(), forwards.len());
                }
                blocks.push(std::mem::take(&mut words));
            }
            "}" => {
                let block = blocks.pop().unwrap_or_default();
                if block.first().is_some_and(|word| word == "server") {
                    let own = if server_ports.is_empty() { vec![80] } else { server_ports.clone() };
                    // What the block says holds on each of its ports.
                    let said: Vec<Rule> = rules.drain(server_from.0..).collect();
                    let led: Vec<(u16, Rc<str>, u16)> = forwards.drain(server_from.1..).collect();
                    for port in &own {
                        rules.extend(said.iter().map(|rule: &Rule| Rule { port: *port, ..rule.clone() }));
                        forwards.extend(led.iter().map(|(_, host, to)| (*port, host.clone(), *to)));
                    }
                    ports.extend(own);
                }
                words.clear();
            }
            ";" => {
                let prefix = blocks.iter().rev().find(|block| block.first().is_some_and(|word| word == "location"));
                let prefix: Rc<str> = prefix.and_then(|block| block.last()).map_or("/", |path| path.as_str()).into();
                let streams = blocks.first().is_some_and(|block| block.first().is_some_and(|word| word == "stream"));
                let value = words.get(1).cloned().unwrap_or_default();
                let mut rule = |what| rules.push(Rule { port: 0, prefix: prefix.clone(), what });
                match words.first().map(String::as_str) {
                    Some("listen") => {
                        server_ports.extend(value.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()));
                    }
                    Some("server") => {
                        if let Some([_, name]) = blocks.last().map(Vec::as_slice) {
                            upstreams.push((name.clone(), value));
                        }
                    }
                    Some("root") if blocks.iter().any(|block| block.first().is_some_and(|word| word == "server")) => {
                        rule(What::Files(value.as_str().into()));
                    }
                    Some("proxy_pass") => {
                        let to = value.split_once("://").map_or(value.as_str(), |(_, rest)| rest);
                        let name = to.split('/').next().unwrap_or_default();
                        let to = upstreams.iter().find(|(known, _)| known == name).map_or(name, |(_, to)| to.as_str());
                        let (host, port) = target(to, if value.starts_with("https") { 443 } else { 80 });
                        if streams {
                            forwards.push((0, host, port));
                        } else {
                            rule(What::Pass(host, port));
                        }
                    }
                    Some("return") => {
                        let status = value.parse().unwrap_or(200);
                        let text = words.get(2).map_or("", |text| text.as_str()).replace("\\n", "\n");
                        rule(What::Say(status, text.as_str().into()));
                    }
                    _ => {}
                }
                words.clear();
            }
            _ => words.push(token),
        }
    }
    ports.sort_unstable();
    ports.dedup();
    site.forwards = forwards.into();
    site.rules = rules.into();
    ports
}

/// Reads `bind`, `default_backend` and `server` of `frontend`, `backend` and `listen`.
fn haproxy(text: &str, site: &mut Site) -> Vec<u16> {
    let mut section = ("", "");
    let mut binds: Vec<(&str, u16)> = Vec::new();
    let mut leads: Vec<(&str, &str)> = Vec::new();
    let mut servers: Vec<(&str, Rc<str>, u16)> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        match words[..] {
            [kind @ ("frontend" | "backend" | "listen" | "defaults" | "global"), ..] => {
                section = (kind, words.get(1).copied().unwrap_or_default());
                if kind == "listen" {
                    leads.push((section.1, section.1));
                }
            }
            ["bind", address, ..] => {
                binds.extend(
                    address.rsplit(':').next().and_then(|port| port.parse().ok()).map(|port| (section.1, port)),
                );
            }
            ["default_backend", name, ..] => leads.push((section.1, name)),
            ["server", _, address, ..] => {
                let (host, port) = target(address, 80);
                servers.push((section.1, host, port));
            }
            _ => {}
        }
    }
    let mut forwards = Vec::new();
    for (name, port) in &binds {
        let backend = leads.iter().find(|(from, _)| from == name).map(|(_, to)| *to);
        let all = servers.iter().filter(|(of, ..)| Some(*of) == backend);
        forwards.extend(all.map(|(_, host, to)| (*port, host.clone(), *to)));
    }
    site.forwards = forwards.into();
    site.style = "other".into();
    binds.into_iter().map(|(_, port)| port).collect()
}

/// Reads the listeners and clusters of a static configuration: the addresses, and which leads to which.
fn envoy(text: &str, site: &mut Site) -> Vec<u16> {
    let value = |line: &str, key: &str| {
        let rest = line.split_once(key)?.1.trim_start_matches(['"', '\'', ':']).trim_start();
        let rest = rest.trim_start_matches(['"', '\'']);
        let end = rest.find([',', '}', '"', '\'', ' ', '#']).unwrap_or(rest.len());
        Some(rest.get(..end).unwrap_or_default().trim().to_owned()).filter(|value| !value.is_empty())
    };
    let mut part = "";
    let mut listeners: Vec<(u16, Option<String>)> = Vec::new();
    let mut clusters: Vec<(String, Option<String>, Option<u16>)> = Vec::new();
    for line in text.lines() {
        let plain = line.trim_start().trim_start_matches("- ");
        match plain.split(':').next().unwrap_or_default() {
            "listeners" => part = "listeners",
            "clusters" => part = "clusters",
            "admin" => part = "admin",
            _ => {}
        }
        match part {
            "listeners" => {
                if let Some(port) = value(plain, "port_value").and_then(|port| port.parse().ok()) {
                    listeners.push((port, None));
                }
                if plain.starts_with("cluster:") || plain.contains(" cluster:") || plain.contains("{cluster:") {
                    let name = value(plain, "cluster");
                    if let Some((_, leads)) = listeners.last_mut() {
                        *leads = leads.take().or(name);
                    }
                }
            }
            "clusters" => {
                if plain.starts_with("name:") {
                    clusters.extend(value(plain, "name").map(|name| (name, None, None)));
                }
                if let Some((_, host, port)) = clusters.last_mut() {
                    let address = if plain.contains("socket_address")
                        && !plain.contains(" address:")
                        && !plain.contains("{address:")
                    {
                        None
                    } else {
                        value(&plain.replace("socket_address", ""), "address")
                    };
                    if host.is_none() && address.as_ref().is_some_and(|it| !it.starts_with('{')) {
                        *host = address;
                    }
                    *port = port.or(value(plain, "port_value").and_then(|port| port.parse().ok()));
                }
            }
            _ => {}
        }
    }
    let forwards = listeners.iter().filter_map(|(port, leads)| {
        let cluster = clusters.iter().find(|(name, ..)| leads.as_ref().is_none_or(|wanted| wanted == name))?;
        Some((*port, Rc::from(cluster.1.as_deref()?), cluster.2?))
    });
    site.forwards = forwards.collect();
    listeners.into_iter().map(|(port, _)| port).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(site: &Site) -> Vec<String> {
        site.forwards.iter().map(|(port, host, to)| format!("{port}>{host}:{to}")).collect()
    }

    #[test]
    fn proxies_say_where_they_lead() {
        let words = ["TCP-LISTEN:5432,fork,reuseaddr", "TCP:db.example.com:5433"].map(Rc::from);
        let (ports, site) = socat(&words).unwrap();
        assert_eq!((ports, shown(&site)), (vec![5432], vec!["5432>db.example.com:5433".to_owned()]));
        let mut site = Site::default();
        let ports = haproxy(
            "frontend in\n  bind *:5432\n  default_backend db\nbackend db\n  server one pg:5433 check\n",
            &mut site,
        );
        assert_eq!((ports, shown(&site)), (vec![5432], vec!["5432>pg:5433".to_owned()]));
        let text = "static_resources:\n  listeners:\n  - address:\n      socket_address: { address: 0.0.0.0, port_value: 5432 }\n    \
                    filter_chains:\n    - filters:\n      - typed_config:\n          cluster: db\n  clusters:\n  - name: db\n    \
                    load_assignment:\n      endpoints:\n      - lb_endpoints:\n        - endpoint:\n            address:\n              \
                    socket_address:\n                address: prod-db.example.com\n                port_value: 5433\n";
        let ports = envoy(text, &mut site);
        assert_eq!((ports, shown(&site)), (vec![5432], vec!["5432>prod-db.example.com:5433".to_owned()]));
    }

    #[test]
    fn nginx_reads_its_blocks() {
        let mut site = Site::default();
        let text = "upstream app { server localhost:3000; }\nserver { listen 8080; location / { proxy_pass http://app; } \
                    location /healthz { return 200 \"fine\\n\"; } location /static { root /data; } }\n\
                    stream { server { listen 5432; proxy_pass db:5433; } }";
        assert_eq!(nginx(text, &mut site), [5432, 8080]);
        assert_eq!(shown(&site), ["5432>db:5433"]);
        let rules: Vec<_> = site.rules.iter().map(|rule| (rule.port, &*rule.prefix, rule.what.clone())).collect();
        assert_eq!(rules[0], (8080, "/", What::Pass("localhost".into(), 3000)));
        assert_eq!(rules[1], (8080, "/healthz", What::Say(200, "fine\n".into())));
        assert_eq!(rules[2], (8080, "/static", What::Files("/data".into())));
    }
}
