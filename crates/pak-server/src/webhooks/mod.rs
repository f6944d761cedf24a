//! Webhooks: signed, queued and delivered outwards; verified and stored inwards.

pub mod receive;
pub mod sign;
