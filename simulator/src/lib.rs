//! A SIM7600 and its network.
