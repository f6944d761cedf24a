//! The tables as types: one file per table, written beside `migrations/`, which is what the database really has.

#![allow(missing_docs, reason = "the derive writes items without docs")]

pub mod api_key;
pub mod approval;
pub mod audit_entry;
pub mod audit_head;
pub mod credential;
pub mod delivery;
pub mod deployment;
pub mod deployment_event;
pub mod deployment_file;
pub mod environment;
pub mod known_device;
pub mod login_attempt;
pub mod login_limit;
pub mod mail;
pub mod member;
pub mod one_time_token;
pub mod package;
pub mod platform_health;
pub mod project;
pub mod rate_window;
pub mod schedule;
pub mod seen_message;
pub mod session;
pub mod setting;
pub mod telemetry_event;
pub mod telemetry_rollup;
pub mod user;
pub mod webhook;
pub mod webhook_source;
