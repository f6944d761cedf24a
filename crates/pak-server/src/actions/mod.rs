//! What people and programs ask for: each action checks its rules, changes rows and writes the audit entry in one transaction.
