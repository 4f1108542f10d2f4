//! What Maskline does, clause by clause. `call_*` follow call-flow: the names of the tests carry its
//! rows, its switches and its "Never".

mod call_arrive;
mod call_connect;
mod call_entry;
mod call_language;
mod call_look_up;
mod call_never;
mod call_random;
mod call_record;
mod call_scene;
mod call_talk;
mod config_file;
mod line_faults;
mod line_metrics;
mod line_recording;
mod line_rows;
mod line_texts;
mod modem_texts;
mod modem_wire;
mod simulation;
mod watch;
mod world;
