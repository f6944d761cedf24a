//! Who is calling, and what they may do.

pub mod api_key;
mod common_password;
pub mod digest;
pub mod password;
pub mod same_origin;
pub mod scope;
pub mod token;
pub mod vault;
