//! One project: what its tabs share, and its overview.

use askama::Template;
use askama::filters::HtmlSafe;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::Problem;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::chip::Chip;
use super::deployments::{filter, filter_fields, row};
use super::form::{Choice, Field};
use super::frame::{Frame, Place, Theme, page};
use super::icon::Icon;
use super::projects::base;
use super::show::{When, plain, short, size};
use super::visit::{Asked, Visit};
use crate::access::{In, Read, Right};
use crate::actions::deployments::{self, Filter};
use crate::error::ApiResult;
use crate::state::App;
use crate::store::entity::{deployment, environment, package, platform_health, project};
use crate::store::unusable;

/// The parts of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// How it stands.
    Overview,
    /// Every release.
    Releases,
    /// Environments and who approves.
    Environments,
    /// Credentials of registries.
    Credentials,
    /// Where events are sent.
    Webhooks,
    /// Releases at set times.
    Schedules,
    /// Who may do what.
    Members,
    /// Who did what.
    Audit,
    /// Name, source, archive.
    Settings,
}

impl Tab {
    /// What comes after the project's address.
    pub fn path(&self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Releases => "/releases",
            Self::Environments => "/environments",
            Self::Credentials => "/credentials",
            Self::Webhooks => "/webhooks",
            Self::Schedules => "/schedules",
            Self::Members => "/members",
            Self::Audit => "/audit",
            Self::Settings => "/settings",
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Releases => "Releases",
            Self::Environments => "Environments",
            Self::Credentials => "Credentials",
            Self::Webhooks => "Webhooks",
            Self::Schedules => "Schedules",
            Self::Members => "Members",
            Self::Audit => "Audit log",
            Self::Settings => "Settings",
        }
    }
}

/// What every tab of a project shows of it.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether it was put away.
    pub is_archived: bool,
    /// The tab that is open.
    pub tab: Tab,
    /// What the caller may do: `read`, `audit`, `deploy`, `approve`, `manage`, `secrets`, `own`.
    pub rights: Vec<&'static str>,
}

impl Project {
    /// The project that a caller is in.
    pub fn of<N>(place: &In<N>, tab: Tab) -> Self {
        let rights = Right::ALL.iter().filter(|(right, _)| place.may(*right));
        Self {
            name: place.project.name.clone(),
            description: plain(&place.project.description),
            is_archived: place.project.status == "archived",
            tab,
            rights: rights.filter_map(|(_, word)| word.strip_prefix("project:")).collect(),
        }
    }

    /// The frame of one of its tabs.
    pub fn frame(&self, visit: &Visit) -> Frame {
        let title = match self.tab {
            Tab::Overview => self.name.clone(),
            tab => format!("{}: {}", self.name, tab.name()),
        };
        visit.frame(title, Place::Projects).under("/projects", "Projects")
    }

    /// Whether the caller has a right.
    pub fn may(&self, right: &str) -> bool {
        self.rights.contains(&right)
    }

    /// Its address.
    pub fn path(&self) -> String {
        format!("/projects/{}", super::frame::segment(&self.name))
    }

    /// The tabs that the caller can open.
    pub fn tabs(&self) -> Vec<Tab> {
        let mut tabs = vec![Tab::Overview, Tab::Releases, Tab::Environments];
        if self.may("manage") {
            tabs.extend([Tab::Credentials, Tab::Webhooks, Tab::Schedules]);
        }
        tabs.push(Tab::Members);
        if self.may("audit") {
            tabs.push(Tab::Audit);
        }
        if self.may("manage") {
            tabs.push(Tab::Settings);
        }
        tabs
    }
}

/// A list of deployments, as projects and the whole instance show it.
#[derive(Debug, Template)]
#[template(path = "part/deployments.html")]
pub struct Deployments {
    /// What it lists.
    pub caption: String,
    /// Whether the project is named.
    pub with_project: bool,
    /// Whether it is shown beside other things and names nobody.
    pub is_short: bool,
    /// The deployments.
    pub rows: Vec<DeploymentRow>,
}

impl HtmlSafe for Deployments {}

impl Deployments {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// One deployment of a list.
#[derive(Debug)]
pub struct DeploymentRow {
    /// Its number.
    pub id: i64,
    /// Its project.
    pub project: String,
    /// How it stands.
    pub chip: Chip,
    /// Where to.
    pub environment: String,
    /// What.
    pub version: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: When,
    /// How long it took; empty while it is at work.
    pub took: String,
}

/// An artifact that can be downloaded.
#[derive(Debug)]
pub struct PackageRow {
    /// Where from.
    pub path: String,
    /// The file's name.
    pub file: String,
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// npm, python, cargo …
    pub ecosystem: String,
    /// In words.
    pub size: String,
    /// In hex.
    pub sha256: String,
    /// When it was built.
    pub at: When,
}

impl PackageRow {
    /// The row of an artifact.
    pub fn of(row: package::Model) -> Self {
        Self {
            path: crate::actions::packages::path(&row),
            file: plain(&row.file),
            name: plain(&row.name),
            version: plain(&row.version),
            ecosystem: plain(&row.ecosystem),
            size: size(row.size),
            sha256: row.sha256,
            at: When::of(row.created_at),
        }
    }

    pub(crate) fn short(&self) -> &str {
        short(&self.sha256)
    }
}

/// A platform and how it stands.
#[derive(Debug)]
pub struct Health {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub chip: Chip,
}

/// An environment in a few words.
#[derive(Debug)]
pub struct EnvironmentNote {
    /// Its name.
    pub name: String,
    /// `2 approvals`.
    pub approvals: String,
}

/// How a project stands.
#[derive(Debug, Template)]
#[template(path = "project/overview.html")]
pub struct Overview {
    /// What stands around it.
    pub frame: Frame,
    /// The address of this server, for the commands that are shown.
    pub base: String,
    /// The project.
    pub project: Project,
    /// Its latest deployments.
    pub deployments: Deployments,
    /// Its artifacts.
    pub packages: Vec<PackageRow>,
    /// Its registries.
    pub health: Vec<Health>,
    /// How many of its releases went well, as a sentence.
    pub success_rate: Option<String>,
    /// Its environments.
    pub environments: Vec<EnvironmentNote>,
    /// Where it comes from.
    pub facts: Vec<(&'static str, String)>,
}

/// A project's releases.
#[derive(Debug, Template)]
#[template(path = "project/releases.html")]
pub struct Releases {
    /// What stands around it.
    pub frame: Frame,
    /// The project.
    pub project: Project,
    /// What chooses among them.
    pub filters: Vec<Field>,
    /// The releases.
    pub list: Deployments,
    /// Two to be compared.
    pub choices: Vec<Field>,
    /// Where the list goes on.
    pub next: Option<String>,
}

/// `GET /projects/{name}`.
pub async fn overview(State(app): State<App>, visit: Visit, place: In<Read>) -> ApiResult<Response> {
    let project = Project::of(&place, Tab::Overview);
    let id = place.project.id;
    let rows = deployments::of_project(&app, id, 8).await?;
    let packages = package::Entity::find()
        .filter(package::Column::ProjectId.eq(id))
        .order_by_desc(package::Column::Id)
        .limit(12)
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    let environments = environment::Entity::find()
        .filter(environment::Column::ProjectId.eq(id))
        .order_by_asc(environment::Column::Name)
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    let note = |row: environment::Model| EnvironmentNote {
        approvals: match row.approvals_needed {
            0 => "no approval".to_owned(),
            number => super::show::count(usize::try_from(number).unwrap_or(1), "approval"),
        },
        name: row.name,
    };
    let view = Overview {
        frame: project.frame(&visit),
        base: base(&app),
        deployments: Deployments {
            caption: format!("Latest deployments of {}", project.name),
            with_project: false,
            is_short: true,
            rows: rows.into_iter().map(row).collect(),
        },
        packages: packages.into_iter().map(PackageRow::of).collect(),
        health: health(&app, id).await?,
        success_rate: success_rate(&app, id).await?,
        environments: environments.into_iter().map(note).collect(),
        facts: facts(&place.project),
        project,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The registries that the project's latest plan named, and how they stand.
async fn health(app: &App, project: i64) -> Result<Vec<Health>, Problem> {
    let latest = deployment::Entity::find()
        .filter(deployment::Column::ProjectId.eq(project))
        .filter(deployment::Column::Summary.is_not_null())
        .order_by_desc(deployment::Column::Id)
        .one(app.store.read())
        .await
        .map_err(unusable)?;
    let summary: serde_json::Value =
        latest.and_then(|row| serde_json::from_str(row.summary.as_deref()?).ok()).unwrap_or_default();
    let steps = summary.as_array().or_else(|| summary.get("steps")?.as_array()).cloned().unwrap_or_default();
    let mut names: Vec<String> =
        steps.iter().filter_map(|step| step.get("platform")?.as_str()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    let rows = platform_health::Entity::find()
        .filter(platform_health::Column::Platform.is_in(names.clone()))
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    let chip = |name: &str| match rows.iter().find(|row| row.platform == name).map(|row| row.reachable) {
        Some(true) => Chip::REACHABLE,
        Some(false) => Chip::UNREACHABLE,
        None => Chip::UNCHECKED,
    };
    Ok(names.into_iter().map(|name| Health { chip: chip(&name), name: plain(&name) }).collect())
}

async fn success_rate(app: &App, project: i64) -> Result<Option<String>, Problem> {
    let ended = || {
        deployment::Entity::find()
            .filter(deployment::Column::ProjectId.eq(project))
            .filter(deployment::Column::Action.ne("package"))
            .filter(deployment::Column::Status.is_not_in(["pending", "running", "cancelled"]))
    };
    let all = ended().count(app.store.read()).await.map_err(unusable)?;
    let well = ended()
        .filter(deployment::Column::Status.is_in(["success", "waiting", "rolled_back"]))
        .count(app.store.read())
        .await
        .map_err(unusable)?;
    Ok((all > 0).then(|| format!("{well} of {all} deployments that ended did what was asked.")))
}

fn facts(row: &project::Model) -> Vec<(&'static str, String)> {
    let kind = match row.source_kind.as_str() {
        "git" => "a git repository",
        "archive" => "an uploaded archive",
        "directory" => "a directory on this server",
        _ => "nowhere yet",
    };
    let mut facts = vec![("From", kind.to_owned())];
    if let Some(location) = row.source_location.as_deref().filter(|_| row.source_kind != "archive") {
        facts.push(("Address", plain(location)));
    }
    if let Some(reference) = &row.source_ref {
        let shown = if row.source_kind == "archive" { short(reference).to_owned() } else { plain(reference) };
        facts.push((if row.source_kind == "archive" { "SHA-256" } else { "Ref" }, shown));
    }
    facts.push(("pak.toml in", row.config_path.clone().unwrap_or_else(|| "the root".to_owned())));
    let builds = if row.builds_allowed { "may start programs" } else { "start no programs" };
    facts.push(("Builds", builds.to_owned()));
    facts.push(("Created", When::of(row.created_at).date()));
    facts
}

/// `GET /projects/{name}/releases`.
pub async fn releases(State(app): State<App>, visit: Visit, place: In<Read>, asked: Asked) -> ApiResult<Response> {
    let project = Project::of(&place, Tab::Releases);
    let wanted = Filter { project: Some(project.name.clone()), ..filter(&asked) };
    let (rows, next) = deployments::list(&app, &place.caller, wanted, asked.page()).await?;
    let choice = |row: &deployments::Listed| {
        let version = row.version.clone().unwrap_or_default();
        Choice::new(
            row.id.to_string(),
            format!("#{} {version} to {} ({})", row.id, row.environment, row.status.replace('_', " ")),
        )
    };
    let choices = match rows.as_slice() {
        [latest, before, ..] => vec![
            Field::choice("from", "From", rows.iter().map(choice)).value(before.id.to_string()),
            Field::choice("to", "To", rows.iter().map(choice)).value(latest.id.to_string()),
        ],
        _ => Vec::new(),
    };
    let view = Releases {
        frame: project.frame(&visit),
        filters: filter_fields(&asked),
        list: Deployments {
            caption: format!("Deployments of {}, newest first", project.name),
            with_project: false,
            is_short: false,
            rows: rows.into_iter().map(row).collect(),
        },
        choices,
        next: asked.with_cursor(&format!("{}/releases", project.path()), next),
        project,
    };
    Ok(page(StatusCode::OK, &view))
}
