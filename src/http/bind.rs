//! Opening the two doors: the TCP port and the control socket.

use crate::config::{Http, Store};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

/// Why a door cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The system does not give us the port.
    #[error("http.listen: cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The control socket cannot be made.
    #[error("cannot make the control socket {}: {}", .0.display(), .1)]
    Control(PathBuf, std::io::Error),
}

/// Opens the TCP port; `local_addr` of what comes back says which one it became.
pub fn bind(http: &Http) -> Result<TcpListener, BindError> {
    let failed = |error| BindError::Listen(http.listen, error);
    let listener = TcpListener::bind(http.listen).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Makes the control socket, mode 0660, in the place of one that an earlier run left.
///
/// The store must be open already: its lock is what says that no other daemon uses this folder.
pub fn bind_control(store: &Store) -> Result<UnixListener, BindError> {
    let path = store.control_socket();
    let failed = |error| BindError::Control(path.clone(), error);
    // Made under another name first, so that nobody meets it before it has its mode.
    let fresh = path.with_extension("new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&fresh).map_err(failed)?;
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
    std::fs::rename(&fresh, &path).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}
