//! The names and addresses under which the box can be reached.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Names in a certificate at most.
const NAMES: usize = 32;

/// All names of this machine, those of `listen` among them.
pub(super) fn of_box(listen: IpAddr) -> BTreeSet<String> {
    let mut names: BTreeSet<String> =
        ["localhost", "maskline.local", "127.0.0.1", "::1"].map(str::to_owned).into();
    let host = rustix::system::uname().nodename().to_string_lossy().to_ascii_lowercase();
    if is_host_name(&host) {
        if !host.contains('.') {
            names.insert(format!("{host}.local"));
        }
        names.insert(host);
    }
    if !listen.is_unspecified() {
        names.insert(listen.to_string());
    }
    let more = addresses().into_iter().filter(|address| is_reachable(*address));
    let room = NAMES.saturating_sub(names.len());
    names.extend(more.take(room).map(|address| address.to_string()));
    names
}

/// Labels of letters, digits and hyphens: anything else cannot stand in a certificate.
fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(fits) && !label.starts_with('-')
    };
    host.len() <= 200 && host.split('.').all(label)
}

/// Link-local addresses of IPv6 need the name of an interface as well: nobody types them.
fn is_reachable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_unspecified(),
        IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_unicast_link_local(),
    }
}

fn addresses() -> BTreeSet<IpAddr> {
    if let Ok(interfaces) = if_addrs::get_if_addrs() {
        return interfaces.iter().map(if_addrs::Interface::ip).collect();
    }
    // Listing them takes a netlink socket, which a sandbox may refuse. A UDP socket that is connected
    // and never used tells at least the address of the way out.
    let out = |from: IpAddr, to: IpAddr| {
        let socket = UdpSocket::bind((from, 0)).ok()?;
        socket.connect((to, 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    let v4 = out(Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 0, 2, 1).into());
    let documentation = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    let v6 = out(Ipv6Addr::UNSPECIFIED.into(), documentation.into());
    v4.into_iter().chain(v6).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_has_its_host_name_its_local_name_and_its_addresses() {
        let names = of_box(Ipv4Addr::new(192, 0, 2, 7).into());
        for name in ["localhost", "maskline.local", "127.0.0.1", "::1", "192.0.2.7"] {
            assert!(names.contains(name), "{name} in {names:?}");
        }
        assert!(names.len() <= NAMES);
        assert!(is_host_name("box-7.example.com"));
        for bad in ["", "bo x", "-box", "a..b", "büro"] {
            assert!(!is_host_name(bad), "{bad}");
        }
    }
}
