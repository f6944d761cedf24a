//! Starts and stops a process: opens what it needs, listens, works, and ends in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use pak_model::{Problem, Result, code};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use crate::router::router;
use crate::settings::Settings;
use crate::state::{App, MakeEmbedded, Parts};
use crate::store::Store;
use crate::time::Clock;
use crate::work;

/// How long a client may take for the head of a request: slow ones are let go.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// The most connections at a time; more wait to be accepted.
const CONNECTIONS: usize = 16_384;
/// How long requests on their way are heard out at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// Opens everything a process works with. The schema is brought up to date.
pub async fn open(settings: Settings, embedded: Option<MakeEmbedded>) -> Result<App> {
    crate::metrics::start();
    std::fs::create_dir_all(&settings.data).map_err(|error| {
        let data = &settings.data;
        Problem::new(code::server::DATA_FOLDER, format!("{data} cannot be made.")).about("folder", data).cause(&error)
    })?;
    let store = Store::open(&settings.database).await?;
    store.migrate().await?;
    let parts = Parts::new(store, settings, Clock::default())?;
    Ok(App::new(Parts { embedded, ..parts }))
}

/// Listens.
pub async fn listen(settings: &Settings) -> Result<TcpListener> {
    TcpListener::bind(settings.listen).await.map_err(|error| {
        Problem::new(code::server::LISTEN, format!("{} cannot be listened on.", settings.listen)).cause(&error)
    })
}

/// Serves requests and carries deployments out until the process is told to stop.
pub async fn serve(app: App, listener: TcpListener) {
    let workers = tokio::spawn(background(app.clone()));
    accept(&app, listener).await;
    let _ = workers.await;
}

/// Everything a process does beside answering requests.
pub async fn background(app: App) {
    let workers = app.settings.workers;
    let work = async {
        if workers > 0 {
            work::work(app.clone(), workers).await;
        }
    };
    tokio::join!(
        work,
        crate::webhooks::deliver::run(app.clone(), crate::webhooks::deliver::Pace::default()),
        crate::mail::run(app.clone()),
        crate::keep::run(app.clone()),
        work::schedule::run(app.clone()),
        crate::actions::platforms::watch(app.clone()),
    );
}

async fn accept(app: &App, listener: TcpListener) {
    let service = router(app);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = TaskTracker::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = app.stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(app.clone(), service.clone(), stream, peer);
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: others end soon.
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    connections.close();
    let _ = tokio::time::timeout(DRAIN, connections.wait()).await;
}

async fn connection(app: App, service: Router, stream: TcpStream, peer: SocketAddr) {
    let _ = stream.set_nodelay(true);
    let answer = hyper::service::service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        service.clone().call(request.map(axum::body::Body::new))
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(64 << 10);
    let connection = builder.serve_connection(TokioIo::new(stream), answer);
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                tracing::debug!("a connection ended: {error}");
            }
        }
        () = app.stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
