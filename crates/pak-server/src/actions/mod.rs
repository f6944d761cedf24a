//! What people and programs ask for: each action checks its rules, changes rows and writes the audit entry in one transaction.

pub mod account;
pub mod api_keys;
pub mod audit;
pub mod credentials;
pub mod deployments;
pub mod environments;
pub mod members;
pub mod names;
pub mod packages;
pub mod page;
pub mod platforms;
pub mod projects;
pub mod scans;
pub mod schedules;
pub mod settings;
pub mod users;
pub mod webhook_sources;
pub mod webhooks;
