//! Ten thousand clients that take their time: everyone else is answered at once, and memory stays what it was.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::server::Instance;

/// How many there are where the system allows so many open files.
const CLIENTS: usize = 10_000;

/// How long they hold out.
const WHILE: Duration = Duration::from_secs(12);

/// Asks for as many open files as may be had; a server that is started later has the same limit.
#[cfg(unix)]
fn clients() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let may = getrlimit(Resource::Nofile).current.map_or(CLIENTS, |count| usize::try_from(count).unwrap_or(CLIENTS));
    CLIENTS.min(may.saturating_sub(300))
}

#[cfg(not(unix))]
fn clients() -> usize {
    500
}

#[test]
fn slow_clients_keep_nobody_waiting() {
    let count = clients();
    let instance = Instance::start();
    let port = instance.served.port();
    let before = instance.served.memory();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut streams = Vec::with_capacity(count);
    runtime.block_on(async {
        for _ in 0..count {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.write_all(b"GET /projects HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.unwrap();
            streams.push(stream);
        }
    });
    let tasks: Vec<_> = streams.into_iter().map(|stream| runtime.spawn(drip(stream))).collect();
    let other = instance.served.http().patience(Duration::from_secs(10));
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    while begun.elapsed() < WHILE {
        let asked = Instant::now();
        assert_eq!(other.get("/ready").unwrap().status, 200);
        times.push(asked.elapsed());
        memory.extend(instance.served.memory());
        std::thread::sleep(Duration::from_millis(100));
    }
    times.sort_unstable();
    let slow = times[times.len() * 99 / 100];
    let mib = |bytes: u64| bytes / (1 << 20);
    assert!(slow < Duration::from_secs(2), "the 99th of 100 waited {slow:?}");
    if let (Some(before), Some(first), Some(last)) = (before, memory.first(), memory.last()) {
        assert!(*last < first + first / 10 + (8 << 20), "memory grows: {} to {} MiB", mib(*first), mib(*last));
        let each = (last.saturating_sub(before)) / count as u64;
        assert!(each < 40 << 10, "each slow client holds {each} bytes");
    }
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

/// One byte now and then, and never an end.
async fn drip(mut stream: TcpStream) {
    for _ in 0..120 {
        tokio::time::sleep(Duration::from_secs(2)).await;
        if stream.write_all(b"x").await.is_err() {
            return;
        }
    }
}
