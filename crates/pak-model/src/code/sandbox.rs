//! Codes of the embedded registries.

super::codes! { "sandbox";
    PORT_TAKEN = "port_taken", Usage, "port is in use", "Choose another port with --port, or stop the program that listens there.";
    IN_USE = "in_use", Usage, "another sandbox uses this folder", "Use the one that is running, stop it, or choose another folder with --data.";
    DATA_UNUSABLE = "data_unusable", Usage, "data folder cannot be used", "Choose another folder with --data, or check its permissions.";
}
