//! A small server for the static files of `dist/`, on this machine only.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::step::{Failure, Outcome};

/// Takes the port on 127.0.0.1; 0 lets the system choose. Done before the build, so that a port in use is said at once.
pub fn listen(port: u16) -> Outcome<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        Failure::new(
            format!("cannot listen on 127.0.0.1:{port}: {error}"),
            "another program may use the port; choose another one: cargo xtask serve --port 8081",
        )
    })
}

/// Serves `folder` until the process is stopped.
pub fn serve(listener: &TcpListener, folder: &Path) -> Outcome {
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(format!("no local address: {error}"), "try another --port"))?;
    println!("\nPodlab is on http://{address}/   (Ctrl-C stops)");
    for stream in listener.incoming().flatten() {
        let folder = folder.to_path_buf();
        // A broken connection is the browser's business, not the server's.
        thread::spawn(move || answer(stream, &folder));
    }
    Ok(())
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?).take(16 * 1024);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    // The headers must be read before the answer, or the browser may see a reset connection.
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method != "GET" && method != "HEAD" {
        return reply(&mut stream, "405 Method Not Allowed", "text/plain", b"only GET and HEAD\n", true);
    }
    match file_for(folder, target).and_then(|path| Some((fs::read(&path).ok()?, path))) {
        Some((body, path)) => reply(&mut stream, "200 OK", mime(&path), &body, method == "GET"),
        None => reply(&mut stream, "404 Not Found", "text/plain", b"not found\n", method == "GET"),
    }
}

fn reply(stream: &mut TcpStream, status: &str, mime: &str, body: &[u8], with_body: bool) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if with_body {
        stream.write_all(body)?;
    }
    stream.flush()
}

/// The file a request asks for, when it is inside the folder. Names with anything but plain parts are refused,
/// and so are links that lead outside.
fn file_for(folder: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let plain = |part: &str| !part.starts_with('.') && !part.contains(['\\', ':', '%', '\0']);
    if !path.split('/').all(plain) {
        return None;
    }
    let mut file = folder.join(path);
    if file.is_dir() {
        file.push("index.html");
    }
    let file = file.canonicalize().ok()?;
    file.starts_with(folder.canonicalize().ok()?).then_some(file)
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "ftl" | "yaml" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("podlab-serve-{}", std::process::id()));
        fs::create_dir_all(folder.join("sub")).unwrap();
        fs::write(folder.join("index.html"), "page").unwrap();
        fs::write(folder.join("sub/a.wasm"), "wasm").unwrap();
        fs::write(folder.join(".hidden"), "no").unwrap();
        folder
    }

    #[test]
    fn files_inside_are_found_and_nothing_else() {
        let site = site();
        let name = |target: &str| file_for(&site, target).and_then(|p| Some(p.file_name()?.to_str()?.to_owned()));
        assert_eq!(name("/").as_deref(), Some("index.html"));
        assert_eq!(name("/sub/a.wasm?v=1").as_deref(), Some("a.wasm"));
        for bad in
            ["/../etc/passwd", "/sub/../../x", "/%2e%2e/x", "//etc/passwd", "/.hidden", "/none", "index.html", ""]
        {
            assert_eq!(name(bad), None, "{bad}");
        }
        assert_eq!(mime(Path::new("a.wasm")), "application/wasm");
    }
}
