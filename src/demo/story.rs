//! `maskline demo --once`: one masked call by simulated phones, told line by line.

use super::Stage;
use super::cast::{ORDER, Role};
use anyhow::{Context, Result, bail};
use simulator::pty::Happening;
use simulator::{Behaviour, Cause, PhoneAction, PhoneEvent, Presentation, Source};
use std::io::Write;
use std::time::{Duration, Instant};

const COURIER: &str = Role::Courier.number();
const CUSTOMER: &str = Role::Customer.number();
/// The whole call takes about half a minute.
const AT_MOST: Duration = Duration::from_secs(120);
/// How fast the courier keys.
const KEY_EVERY: Duration = Duration::from_millis(350);
/// How long the customer's phone rings.
const RINGS: Duration = Duration::from_secs(4);
/// How long each of the two says something.
const SAYS: Duration = Duration::from_millis(1500);

/// Plays one masked call; true if the two were connected.
pub fn once(out: &mut impl Write, json: bool) -> Result<bool> {
    let program = std::env::current_exe()?;
    let mut story = Story { out, json, began: Instant::now() };
    story.say("box", "starts: a simulated SIM7600 on two ttys, the gateway as its own process")?;
    let mut stage = Stage::set(&program, "manual", "")?;
    stage.start_daemon()?;
    stage.wait_ready()?;
    story.say("box", "takes calls; its number is the only one that anybody will see")?;
    let put = ["orders", "put", ORDER, "--courier", COURIER, "--customer", CUSTOMER];
    stage.command(&put)?;
    story.say("staff", &format!("stores order {ORDER}: the courier's phone and the customer's"))?;
    let connected = play(&mut story, &stage)?;
    let record = wait_for_record(&stage)?;
    stage.stop_daemon()?;
    story.say("box", "the call record:")?;
    writeln!(story.out, "{}", serde_json::to_string_pretty(&record)?)?;
    Ok(connected && record["outcome"] == "connected")
}

fn wait_for_record(stage: &Stage) -> Result<serde_json::Value> {
    let by = Instant::now() + Duration::from_secs(10);
    loop {
        let calls = stage.command(&["calls", "list", "--json"])?;
        let calls: Vec<serde_json::Value> = serde_json::from_str(&calls)?;
        if let Some(record) = calls.into_iter().next() {
            return Ok(record);
        }
        if Instant::now() > by {
            bail!("no call record came\n{}", stage.log());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

struct Story<'a, W: Write> {
    out: &'a mut W,
    json: bool,
    began: Instant,
}

impl<W: Write> Story<'_, W> {
    fn say(&mut self, who: &str, what: &str) -> Result<()> {
        if self.json {
            return Ok(());
        }
        let at = self.began.elapsed().as_secs_f32();
        writeln!(self.out, "{at:6.2} s  {who:<9} {what}")?;
        self.out.flush()?;
        Ok(())
    }
}

fn name(phone: &str) -> &'static str {
    Role::of(phone).map_or("somebody", Role::name)
}

/// What the two people do, as the phones tell them what happens.
fn play(story: &mut Story<'_, impl Write>, stage: &Stage) -> Result<bool> {
    let requests = stage.simulator.requests();
    let phone = |phone: &str| phone.to_owned();
    let behaviour = Behaviour::AnswerAfter(RINGS);
    requests.act(PhoneAction::SetBehaviour {
        phone: phone(CUSTOMER),
        behaviour,
        hang_up_after: None,
    })?;
    let presentation = Presentation::International;
    requests.act(PhoneAction::Call { from: phone(COURIER), presentation })?;
    story.say("courier", "calls the box")?;
    let (mut keyed, mut connected) = (false, false);
    let by = Instant::now() + AT_MOST;
    loop {
        let left = by.saturating_duration_since(Instant::now());
        let report = stage.simulator.reports().recv_timeout(left);
        let report = report.with_context(|| format!("the call got stuck\n{}", stage.log()))?;
        let Happening::Phone(event) = report.what else { continue };
        tell(story, &event)?;
        match event {
            PhoneEvent::SoundBegan { phone: ear, from: Source::Box }
                if ear == COURIER && !keyed =>
            {
                keyed = true;
                std::thread::sleep(2 * KEY_EVERY);
                story.say("courier", &format!("keys {ORDER} into the greeting"))?;
                for key in ORDER.chars() {
                    requests.act(PhoneAction::Key { phone: phone(COURIER), key })?;
                    std::thread::sleep(KEY_EVERY);
                }
            }
            PhoneEvent::Retrieved { phone: ear } if ear == COURIER => {
                let calls = requests.calls()?;
                if calls.hears(COURIER, CUSTOMER) && calls.hears(CUSTOMER, COURIER) {
                    connected = true;
                    story.say("both", "hear each other: the modem has merged the two calls")?;
                    requests.act(PhoneAction::Say { phone: phone(COURIER), length: SAYS })?;
                }
            }
            PhoneEvent::SoundEnded { phone: ear, from: Source::Phone(_), .. } if connected => {
                if ear == CUSTOMER {
                    requests.act(PhoneAction::Say { phone: phone(CUSTOMER), length: SAYS })?;
                } else {
                    story.say("customer", "hangs up")?;
                    requests.act(PhoneAction::Hangup { phone: phone(CUSTOMER) })?;
                }
            }
            PhoneEvent::Ended { phone: ear, .. } if ear == COURIER => return Ok(connected),
            _ => {}
        }
    }
}

fn tell(story: &mut Story<'_, impl Write>, event: &PhoneEvent) -> Result<()> {
    let what = match event {
        PhoneEvent::RingBack { .. } => "hears it ring".to_owned(),
        PhoneEvent::Ringing { shown, .. } => {
            let shown = shown.as_deref().unwrap_or("no number");
            format!("phone rings and shows {shown}, the box's number")
        }
        PhoneEvent::Connected { .. } => "is through to the box".to_owned(),
        PhoneEvent::OnHold { .. } => "is on hold".to_owned(),
        PhoneEvent::Retrieved { .. } => "is taken back".to_owned(),
        PhoneEvent::SoundBegan { from: Source::Box, .. } => "hears the box speak".to_owned(),
        PhoneEvent::SoundEnded { from: Source::Box, length, .. } => {
            format!("heard {:.1} s of it", length.as_secs_f32())
        }
        PhoneEvent::SoundBegan { from: Source::Phone(other), .. } => {
            format!("hears the {}", name(other))
        }
        PhoneEvent::SoundEnded { from: Source::Phone(other), length, .. } => {
            format!("heard the {} for {:.1} s", name(other), length.as_secs_f32())
        }
        PhoneEvent::Ended { cause: Cause::HungUp, .. } => "has hung up".to_owned(),
        PhoneEvent::Ended { .. } => "is disconnected by the box".to_owned(),
        PhoneEvent::Heard { .. } | PhoneEvent::HeardKey { .. } | PhoneEvent::Text { .. } => {
            return Ok(());
        }
    };
    story.say(name(event.phone()), &what)
}
