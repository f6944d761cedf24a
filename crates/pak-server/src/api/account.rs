//! `/auth`, `/logout`, `/setup` and `/account`: signing in and out, links from mails, one's own account.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use pak_model::Secret;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Done;
use super::input::Input;
use crate::access::password::Password;
use crate::access::session::{cookie, cookie_name, set_cookie};
use crate::access::{self, Account, Arrival, Caller};
use crate::actions::account::{self, Attempt, NewAccount, SignedIn};
use crate::error::{ApiError, ApiResult, ErrorBody};
use crate::settings::Settings;
use crate::state::App;
use crate::store::entity::user;
use crate::time::Time;

/// Signing in, registering, or asking for a link that resets the password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(tag = "action", rename_all = "lowercase", deny_unknown_fields)]
pub enum AuthBody {
    /// Signs in.
    Login {
        /// The address of the account.
        #[schema(example = "user@example.com")]
        email: String,
        /// The password.
        password: Password,
    },
    /// Makes an account.
    Register {
        /// The address; at most 255 characters.
        #[schema(example = "user@example.com", max_length = 255)]
        email: String,
        /// 12 to 128 characters.
        password: Password,
        /// The name shown to others.
        #[schema(example = "John Doe", min_length = 1, max_length = 100)]
        name: String,
        /// The secret of an invitation's link.
        #[serde(default)]
        invitation: Option<String>,
    },
    /// Sends a link that resets the password, if there is such an account. The answer is the same in any case.
    Reset {
        /// The address of the account.
        #[schema(example = "user@example.com")]
        email: String,
    },
}

/// What `/auth` answers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum AuthAnswer {
    /// After signing in or registering.
    User(UserAnswer),
    /// After asking for a link.
    Done(Done),
}

/// An account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserAnswer {
    /// Always true.
    pub success: bool,
    /// The account.
    pub user: UserBody,
}

/// An account as its owner sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserBody {
    /// Its id.
    #[schema(example = 1)]
    pub id: i64,
    /// The address.
    #[schema(example = "user@example.com")]
    pub email: String,
    /// The name.
    #[schema(example = "John Doe")]
    pub name: String,
    /// `user` or `admin`.
    #[schema(example = "user")]
    pub role: String,
}

impl From<account::Shown> for UserAnswer {
    fn from(shown: account::Shown) -> Self {
        let account::Shown { id, email, name, role } = shown;
        Self { success: true, user: UserBody { id, email, name, role } }
    }
}

/// Signs in, registers or sends a reset link.
///
/// A wrong password, an unknown address and an account that has to wait are answered alike. Registering an address that has an account
/// already is answered as if it had none; its owner gets a mail.
#[utoipa::path(post, path = "/auth", tag = "account", request_body = AuthBody,
    responses((status = 200, body = AuthAnswer), (status = 201, body = UserAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("public"))))]
pub async fn auth(
    State(app): State<App>,
    arrival: Arrival,
    headers: HeaderMap,
    Input(body): Input<AuthBody>,
) -> ApiResult<Response> {
    match body {
        AuthBody::Login { email, password } => {
            let entered = account::sign_in(&app, attempt(&app, &headers, arrival, email, password)).await?;
            let answer = UserAnswer::from(account::Shown::from(&entered.user));
            Ok((cookies(&app.settings, &entered), Json(answer)).into_response())
        }
        AuthBody::Register { email, password, name, invitation } => {
            let made = account::register(&app, NewAccount { email, name, password, invitation, arrival }).await?;
            Ok((StatusCode::CREATED, Json(UserAnswer::from(made))).into_response())
        }
        AuthBody::Reset { email } => {
            account::ask_reset(&app, &email).await?;
            let message = "If there is an account with this address, a link to reset its password is on its way.";
            Ok(Json(Done::new(message)).into_response())
        }
    }
}

/// What is needed to sign in, from a request: also for the page.
pub fn attempt(app: &App, headers: &HeaderMap, arrival: Arrival, email: String, password: Password) -> Attempt {
    let own = |name: &str| cookie(headers, name).map(str::to_owned);
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Attempt {
        email,
        password,
        device: own(account::device_cookie_name(&app.settings)),
        session: own(cookie_name(&app.settings)),
        arrival,
        agent: agent.to_owned(),
    }
}

/// The cookies of a person who is in.
pub fn cookies(settings: &Settings, entered: &SignedIn) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &Secret, life| {
        if let Ok(value) = HeaderValue::from_str(&set_cookie(settings, name, Some((value.expose(), life)))) {
            headers.append(SET_COOKIE, value);
        }
    };
    add(cookie_name(settings), &entered.session, settings.session_life);
    if let Some(device) = &entered.device {
        add(account::device_cookie_name(settings), device, account::DEVICE_COOKIE_LIFE);
    }
    headers
}

/// Ends the session: its cookie is worth nothing from then on.
#[utoipa::path(post, path = "/logout", tag = "account",
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("public"))))]
pub async fn logout(State(app): State<App>, caller: Option<Caller>) -> ApiResult<Response> {
    if let Some((caller, session)) = caller.as_ref().and_then(|caller| caller.session().map(|found| (caller, found))) {
        account::sign_out(&app, caller, session).await?;
    }
    Ok((ended(&app.settings), Json(Done::new("Logged out successfully"))).into_response())
}

/// The header that takes the session's cookie away.
pub fn ended(settings: &Settings) -> [(http::HeaderName, String); 1] {
    [(SET_COOKIE, set_cookie(settings, cookie_name(settings), None))]
}

/// A new password for the holder of a link.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// The link's secret.
    pub token: String,
    /// 12 to 128 characters.
    pub password: Password,
}

/// Sets a new password with the link from the mail. All sessions end.
#[utoipa::path(post, path = "/auth/reset", tag = "account", request_body = ResetBody,
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("public"))))]
pub async fn reset(State(app): State<App>, arrival: Arrival, Input(body): Input<ResetBody>) -> ApiResult<Json<Done>> {
    account::finish_reset(&app, &body.token, &body.password, arrival).await?;
    Ok(Json(Done::new("The password is changed and all sessions are ended. Sign in with the new password.")))
}

/// The secret of a link.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// The link's secret.
    pub token: String,
}

/// Confirms an address with the link from the mail.
#[utoipa::path(post, path = "/auth/verify", tag = "account", request_body = TokenBody,
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("public"))))]
pub async fn verify(State(app): State<App>, arrival: Arrival, Input(body): Input<TokenBody>) -> ApiResult<Json<Done>> {
    account::confirm_email(&app, &body.token, arrival).await?;
    Ok(Json(Done::new("The address is confirmed.")))
}

/// The first administrator.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupBody {
    /// The secret of the link that the server printed when it started.
    pub token: String,
    /// The address.
    #[schema(max_length = 255)]
    pub email: String,
    /// The name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// 12 to 128 characters.
    pub password: Password,
}

/// Makes the first administrator.
#[utoipa::path(post, path = "/setup", tag = "account", request_body = SetupBody,
    responses((status = 201, body = UserAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("public"))))]
pub async fn setup(
    State(app): State<App>,
    arrival: Arrival,
    Input(body): Input<SetupBody>,
) -> ApiResult<(StatusCode, Json<UserAnswer>)> {
    let made = account::setup::finish(&app, &body.token, &body.email, &body.name, &body.password, arrival).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// One's own account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountShown {
    /// The account.
    pub account: AccountBody,
}

/// One's own account, changed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountAnswer {
    /// Always true.
    pub success: bool,
    /// The account.
    pub account: AccountBody,
}

/// One's own account with all that is kept of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountBody {
    /// Its id.
    pub id: i64,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// `user` or `admin`.
    pub role: String,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// When it was made.
    pub created_at: Time,
    /// The last sign-in.
    pub last_login: Option<Time>,
}

impl From<user::Model> for AccountBody {
    fn from(user: user::Model) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            role: user.role,
            email_verified: user.email_verified,
            theme: user.theme,
            created_at: Time(user.created_at),
            last_login: user.last_login.map(Time),
        }
    }
}

/// One's own account.
#[utoipa::path(get, path = "/account", tag = "account",
    responses((status = 200, body = AccountShown), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user")), ("x-scope" = json!("account"))))]
pub async fn show(State(app): State<App>, account: Account) -> ApiResult<Json<AccountShown>> {
    let user = crate::actions::users::find(&app, account.person.id).await?;
    Ok(Json(AccountShown { account: user.into() }))
}

/// What is changed; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChanges {
    /// The name shown to others.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// `system`, `light` or `dark`.
    #[schema(example = "system")]
    pub theme: Option<String>,
}

/// Changes one's own account.
#[utoipa::path(patch, path = "/account", tag = "account", request_body = AccountChanges,
    responses((status = 200, body = AccountAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user")), ("x-scope" = json!("account"))))]
pub async fn change(
    State(app): State<App>,
    account: Account,
    Input(body): Input<AccountChanges>,
) -> ApiResult<Json<AccountAnswer>> {
    let changes = account::Changes { name: body.name, theme: body.theme };
    let user = account::change(&app, &account, changes).await?;
    Ok(Json(AccountAnswer { success: true, account: user.into() }))
}

/// A new password for one's own account.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The password until now.
    pub current_password: Password,
    /// 12 to 128 characters.
    pub new_password: Password,
}

/// Changes one's password. Other sessions end. API keys can not do it.
#[utoipa::path(post, path = "/account/password", tag = "account", request_body = PasswordBody,
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("session"))))]
pub async fn password(
    State(app): State<App>,
    person: access::SignedIn,
    Input(body): Input<PasswordBody>,
) -> ApiResult<Json<Done>> {
    let access::SignedIn { session, caller } = &person;
    account::change_password(&app, caller, session, &body.current_password, &body.new_password).await?;
    Ok(Json(Done::new("The password is changed and other sessions are ended.")))
}

/// The session of a caller, for what no key may do: for pages, whose handlers answer others by leading them to the door.
pub fn signed_in(caller: &access::Caller) -> Result<&access::session::Found, ApiError> {
    let refused = || {
        pak_model::Problem::new(
            pak_model::code::server::FORBIDDEN,
            "Only a signed-in person may do that, not an API key.",
        )
    };
    caller.session().ok_or_else(|| refused().into())
}

/// One's open sessions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionList {
    /// The latest first.
    pub sessions: Vec<SessionBody>,
}

/// An open session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionBody {
    /// Its id.
    pub id: i64,
    /// Where it began.
    pub address: String,
    /// What the browser or program called itself.
    pub agent: String,
    /// When it began.
    pub created_at: Time,
    /// Its last use.
    pub seen_at: Time,
    /// When it ends at the latest.
    pub expires_at: Time,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// One's open sessions.
#[utoipa::path(get, path = "/account/sessions", tag = "account",
    responses((status = 200, body = SessionList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user")), ("x-scope" = json!("account"))))]
pub async fn sessions(State(app): State<App>, account: Account) -> ApiResult<Json<SessionList>> {
    let current = account.caller.session().map(|session| session.id);
    let rows = account::sessions::list(&app, &account).await?;
    let sessions = rows.into_iter().map(|row| SessionBody {
        current: Some(row.id) == current,
        id: row.id,
        address: row.address,
        agent: row.agent,
        created_at: Time(row.created_at),
        seen_at: Time(row.seen_at),
        expires_at: Time(row.expires_at),
    });
    Ok(Json(SessionList { sessions: sessions.collect() }))
}

/// Ends all of one's sessions but the one that asks.
#[utoipa::path(delete, path = "/account/sessions", tag = "account",
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user")), ("x-scope" = json!("account"))))]
pub async fn end_sessions(State(app): State<App>, account: Account) -> ApiResult<Json<Done>> {
    let ended = account::sessions::end_others(&app, &account).await?;
    Ok(Json(Done::new(format!("Sessions ended: {ended}."))))
}

/// Ends one of one's sessions.
#[utoipa::path(delete, path = "/account/sessions/{session}", tag = "account",
    params(("session" = i64, Path, description = "The session's id.")),
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user")), ("x-scope" = json!("account"))))]
pub async fn end_session(State(app): State<App>, account: Account, Path(id): Path<String>) -> ApiResult<Json<Done>> {
    account::sessions::end(&app, &account, super::number(&id, "session")?).await?;
    Ok(Json(Done::new("The session is ended.")))
}

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(auth))
        .routes(routes!(logout))
        .routes(routes!(reset))
        .routes(routes!(verify))
        .routes(routes!(setup))
        .routes(routes!(show, change))
        .routes(routes!(password))
        .routes(routes!(sessions, end_sessions))
        .routes(routes!(end_session))
}
