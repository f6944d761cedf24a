//! What people and programs ask for: each action checks its rules, changes rows and writes the audit entry in one transaction.

pub mod account;
pub mod api_keys;
pub mod audit;
pub mod deployments;
pub mod names;
pub mod page;
pub mod projects;
pub mod users;
pub mod webhook_sources;
pub mod webhooks;
