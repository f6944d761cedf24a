//! A server for tests: its state on a new database, people, and requests in their names.

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use pak_model::env::Env;
use pak_server::access::{Role, session};
use pak_server::state::{App, Parts};
use pak_server::store::entity::{member, user};
use pak_server::store::{Store, unusable};
use pak_server::time::Clock;
use pak_server::{Flags, Settings, router};
use pak_testing::servers::postgres::{self, Database};
use sea_orm::{ActiveModelTrait as _, ActiveValue, EntityTrait as _, Set};
use serde_json::Value;
use tower::ServiceExt as _;

/// 2026-01-01, a time that stands still.
pub(crate) const NOW: i64 = 1_767_225_600_000;

pub(crate) struct Server {
    pub(crate) app: App,
    router: Router,
    _folder: tempfile::TempDir,
    _database: Option<Database>,
}

/// Someone who calls.
#[derive(Debug, Clone)]
pub(crate) struct Somebody {
    pub(crate) id: i64,
    pub(crate) cookie: String,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A server with variables.
    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        Self::open(variables, None).await
    }

    /// The same on PostgreSQL, where there is one.
    pub(crate) async fn on_postgres(variables: &[(&str, &str)]) -> Option<Self> {
        let database = tokio::task::spawn_blocking(postgres::database).await.unwrap()?;
        let url = database.url().to_owned();
        Some(Self::open(&[variables, &[("PAK_DATABASE", &url)]].concat(), Some(database)).await)
    }

    async fn open(variables: &[(&str, &str)], database: Option<Database>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = camino::Utf8Path::from_path(folder.path()).unwrap().to_owned();
        // Hashing is as cheap as it can be, and nothing is counted, unless a test says otherwise.
        let usual = [("PAK_PASSWORD_MEMORY", "8"), ("PAK_PASSWORD_PASSES", "1"), ("PAK_API_RATE_LIMIT", "0")];
        let variables = usual.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::read(&Flags::default(), &Env::new(variables), &data).unwrap();
        let store = Store::open(&settings.database).await.unwrap();
        store.migrate().await.unwrap();
        let app = App::new(Parts::new(store, settings, Clock::fixed(NOW)).unwrap());
        Self { router: router::router(&app), app, _folder: folder, _database: database }
    }

    /// A person with a session.
    pub(crate) async fn person(&self, email: &str, role: &str) -> Somebody {
        let (app, email, role) = (self.app.clone(), email.to_owned(), role.to_owned());
        let written = self.app.store.write(move |transaction| {
            Box::pin(async move {
                let row = user::ActiveModel {
                    email: Set(email.clone()),
                    password_hash: Set("!".into()),
                    name: Set(email.split('@').next().unwrap().to_owned()),
                    role: Set(role),
                    created_at: Set(NOW),
                    updated_at: Set(NOW),
                    ..Default::default()
                };
                let made = row.insert(transaction).await.map_err(unusable)?;
                let text = session::begin(&app, transaction, made.id, "127.0.0.1", "test").await?;
                Ok(Somebody { id: made.id, cookie: format!("pak_session={}", text.expose()) })
            })
        });
        written.await.unwrap()
    }

    /// Gives a person a role in a project.
    pub(crate) async fn join(&self, project: i64, who: &Somebody, role: Role) {
        let row = member::ActiveModel {
            project_id: ActiveValue::Set(project),
            user_id: ActiveValue::Set(who.id),
            role: ActiveValue::Set(role.word().to_owned()),
            created_at: ActiveValue::Set(NOW),
        };
        let written = self.app.store.write(move |transaction| {
            Box::pin(async move {
                member::Entity::insert(row).exec_without_returning(transaction).await.map(drop).map_err(unusable)
            })
        });
        written.await.unwrap();
    }

    /// A request and its JSON answer.
    pub(crate) async fn call(
        &self,
        who: Option<&Somebody>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(who) = who {
            request = request.header(header::COOKIE, &who.cookie);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.send(request.body(body).unwrap()).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// A request as it stands.
    pub(crate) async fn send(&self, request: Request<Body>) -> http::Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn get(&self, who: &Somebody, path: &str) -> (StatusCode, Value) {
        self.call(Some(who), Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, who: &Somebody, path: &str, body: Value) -> (StatusCode, Value) {
        self.call(Some(who), Method::POST, path, Some(body)).await
    }
}
