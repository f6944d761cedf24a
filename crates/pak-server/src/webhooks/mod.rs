//! Webhooks: signed, queued and delivered outwards; verified and stored inwards.

pub mod deliver;
pub mod inbox;
pub mod queue;
pub mod receive;
pub mod secrets;
pub mod sign;
