"""From a coach's click to what a vendor gets: order, completeness, once, and exactly as previewed."""

import threading

import pytest
from desk import CHECKLIST, STUDENT, WRITTEN, Desk
from doubles import ServiceFactory

from serve.actions.acting import Acting
from serve.store.actions import actions_of
from serve.store.messages import get_message
from serve.store.notes import notes_of
from serve.transports.base import DeliveryFailed, Kind

LIGHTS = "the light stays grey although all my tests pass"
ADMISSIONS = "how much does the full course cost"
DISTRESS = "i can't do this any more, i want to quit and feel so stupid"


@pytest.fixture
def desk(start_service: ServiceFactory) -> Desk:
    return Desk(start_service(worker=False))


def send(desk: Desk, text: str, **more: object) -> str:
    return str(desk.service.post(text, **{"student": STUDENT, "lesson": "Sinatra: Playlister", **more})["id"])


def stored(desk: Desk, message_id: str):
    with desk.service.client.app.state.database.read() as connection:
        return get_message(connection, message_id), actions_of(connection, message_id)


def test_a_ticket_holds_all_that_the_handbook_asks_for_and_arrives_as_previewed(desk: Desk) -> None:
    message_id = send(desk, LIGHTS)
    desk.act(message_id, "ticket", "lights", do="preview", check=CHECKLIST, can_go_on="yes", **WRITTEN)
    shown = desk.preview(message_id, "ticket", "lights")
    assert desk.ticket(message_id)["said"] == "sent"
    (ticket,) = desk.deliver("jira")
    assert {name: str(value) for name, value in ticket.body.items()} == shown
    description = ticket.body["description"]
    asked_for = [
        *("Lights", "Maya Ruiz", "mayar", "paid", "Sinatra: Playlister", "macOS", "Learn IDE", "light stays grey"),
        *("a green light", "open the lab, push", "pushed again", "*Priority:* High"),
    ]
    assert [line for line in asked_for if line not in description] == []
    assert description.endswith(f"/queue?message={message_id}")  # a link that works
    assert (ticket.body["category"], ticket.body["priority"]) == ("lights", "High")
    message, taken = stored(desk, message_id)
    assert message.confirmed_label == "lights"  # sending says what it is
    assert [(action.action, action.priority, action.coach) for action in taken] == [("ticket", "High", "coach")]
    assert "recorded-1" in desk.page(message_id)


@pytest.mark.parametrize(
    ("text", "label", "plan", "fields", "priority"),
    [
        ("i cannot access the track at all", "ui", "free", {"can_go_on": "no"}, "High"),
        ("i cannot access my track since i paid", "ui", "paid", {"can_go_on": "no"}, "Blocker"),
        ("i cannot access my account any more", "account", "paid", {"can_go_on": "no"}, "Blocker"),
        ("AAQ is down for everyone in my class", "chat", "free", {"can_go_on": "no"}, "Blocker"),
        ("i cannot join the slack of my class", "chat", "free", {"can_go_on": "yes"}, "Low"),
    ],
)
def test_the_handbook_s_priorities_from_the_posted_message_to_the_ticket_s_field(
    desk: Desk, text: str, label: str, plan: str, fields: dict, priority: str
) -> None:
    message_id = send(desk, text, student=STUDENT | {"plan": plan})
    desk.post(f"/messages/{message_id}/correct", label=label)
    second = {"second_yes": "yes"} if priority == "Blocker" else {}
    assert desk.ticket(message_id, label, **fields, **second)["said"] == "sent"
    (ticket,) = desk.deliver("jira")
    assert ticket.body["priority"] == priority
    assert f"*Priority:* {priority}." in ticket.body["description"]


def test_a_blocker_asks_twice(desk: Desk) -> None:
    message_id = send(desk, "i cannot access my track since i paid")
    assert desk.ticket(message_id, "ui", can_go_on="no")["refused"] == "SecondYesMissing"
    assert desk.deliver("jira") == []
    page = desk.page(message_id, **{"as": "ui", "act": "ticket", "refused": "SecondYesMissing"})
    assert "Yes, alert the whole staff" in page
    assert desk.ticket(message_id, "ui", can_go_on="no", second_yes="yes")["said"] == "sent"
    assert len(desk.deliver("jira")) == 1


def test_a_ticket_waits_for_its_checklist_and_its_fields(desk: Desk) -> None:
    message_id = send(desk, LIGHTS)
    assert desk.ticket(message_id, check=["0", "1"])["refused"] == "ChecklistOpen"
    assert desk.ticket(message_id, tried="")["refused"] == "DraftIncomplete"
    assert desk.ticket(message_id, can_go_on="")["refused"] == "DraftIncomplete"
    assert "Can they go on to the next lesson is still open" in desk.page(message_id, act="ticket")
    assert desk.deliver("jira") == []
    assert stored(desk, message_id)[0].confirmed_label is None


def test_what_changed_after_the_preview_is_shown_before_it_leaves(desk: Desk) -> None:
    message_id = send(desk, LIGHTS)
    fields = desk.form(message_id, "ticket", "lights") | WRITTEN | {"check": CHECKLIST, "can_go_on": "yes"}
    answer = desk.post(f"/messages/{message_id}/actions/ticket", **fields, do="send")
    assert answer["refused"] == "PreviewStale"
    assert "a green light" in desk.preview(message_id, "ticket", "lights")["description"]
    assert desk.deliver("jira") == []


def test_a_double_click_and_two_at_once_send_once(desk: Desk) -> None:
    message_id = send(desk, LIGHTS)
    acting: Acting = desk.service.client.app.state.acting
    fields = desk.form(message_id, "ticket", "lights") | WRITTEN | {"checked": "0,1,2,3,4", "can_go_on": "yes"}
    with desk.service.client.app.state.database.read() as connection:
        coach_id = connection.exec_driver_sql("SELECT id FROM users").scalar()
    results = []
    clicks = [
        threading.Thread(target=lambda: results.append(acting.send(message_id, "ticket", fields, coach_id)))
        for _ in range(4)
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert sorted(sent.repeated for sent in results) == [False, True, True, True]
    assert len({sent.delivery_id for sent in results}) == 1
    assert len(desk.deliver("jira")) == 1
    answer = desk.post(f"/messages/{message_id}/actions/ticket", **fields, do="send")
    assert answer["said"] == "sent-before"


def test_a_referral_only_after_the_student_s_yes(desk: Desk) -> None:
    message_id = send(desk, ADMISSIONS)
    page = desk.page(message_id)
    assert "admissions@flatironschool.com" in page
    assert "resolves (closes) this question" in page
    path = f"/messages/{message_id}/actions/referral"
    refused = desk.post(path, do="send", text="please", **{"as": "admissions"})
    assert refused["refused"] == "StudentNotAsked"
    assert "First the student" in desk.page(message_id, **refused)
    assert desk.act(message_id, "referral_reply", "admissions")["said"] == "sent"
    assert desk.post(f"/messages/{message_id}/yes")["said"] == "agreed"
    assert desk.act(message_id, "referral", "admissions")["said"] == "sent"
    told = {delivery.action: delivery.body for delivery in desk.deliver("aaq")}
    assert "all right with you" in told["referral_reply"]["text"]
    assert told["referral"]["assign_to"] == "enrollments"
    assert stored(desk, message_id)[0].resolved_at is not None


def test_a_distress_case_s_words_stay_out_of_tickets_and_subjects(desk: Desk) -> None:
    message_id = send(desk, DISTRESS)
    form = desk.form(message_id, "ticket", "ide")
    assert (form["summary"], form["seen"]) == ("", "")
    written = {"summary": "IDE does not start", "seen": "he says: I want to quit and feel so STUPID"}
    assert desk.ticket(message_id, "ide", **written)["refused"] == "DraftIncomplete"
    assert "do not leave in a distress case" in desk.page(message_id, **{"as": "ide", "act": "ticket"})
    assert desk.ticket(message_id, "ide", **written | {"seen": "a blank window"})["said"] == "sent"
    (ticket,) = desk.deliver("jira")
    assert "stupid" not in str(ticket.body).lower()


def test_the_escalation_form_says_what_happened_and_the_note_is_on_the_profile(desk: Desk) -> None:
    message_id = send(desk, DISTRESS)
    written = {"what_happened": "wrote this after the third review", "why": "they speak of quitting"}
    assert desk.act(message_id, "escalation_form", "distress", **written)["said"] == "sent"
    (form,) = desk.deliver("form")
    assert form.body["fields"]["why"] == "they speak of quitting"
    assert "feel so stupid" in form.body["fields"]["quotes"]
    desk.act(message_id, "profile_note", "distress", text="reads like distress; the team knows")
    with desk.service.client.app.state.database.read() as connection:
        (note,) = notes_of(connection, "s-1")
    assert (note.text, note.coach) == ("reads like distress; the team knows", "coach")


def test_struggling_is_a_pattern_once_another_coach_has_noted_it(desk: Desk) -> None:
    desk.service.client.app.state.people.add_user("Priya", "coach", "a long password")
    first = send(desk, "i am lost on every concept since arrays and fall further behind")
    assert "No other coach has left a note yet" in desk.page(first, **{"as": "struggling"})
    desk.act(first, "profile_note", "struggling", text="does not follow iterators")
    desk.service.client.post("/sign-in", data={"name": "Priya", "password": "a long password"})
    second = send(desk, "i keep redoing the labs and understand nothing of it")
    page = desk.page(second, **{"as": "struggling"})
    assert "Yes: 1 note by other coaches" in page
    assert "does not follow iterators" in page
    assert "the student pays" in page


def test_a_burst_is_offered_the_open_ticket(desk: Desk) -> None:
    first, second = send(desk, LIGHTS), send(desk, f"{LIGHTS} here too")
    desk.ticket(first)
    desk.deliver("jira")
    assert "Add to recorded-1" in desk.page(second, **{"as": "lights", "act": "ticket"})
    fields = desk.form(second, "ticket", "lights") | WRITTEN | {"check": CHECKLIST, "can_go_on": "yes", "do": "send"}
    answer = desk.post(f"/messages/{second}/actions/ticket", **fields | {"add_to": "TS-999"})
    assert answer["refused"] == "DraftIncomplete"
    assert desk.ticket(second, add_to="recorded-1")["said"] == "sent"
    assert [delivery.body.get("add_to") for delivery in desk.deliver("jira")] == [None, "recorded-1"]
    third = send(desk, f"{LIGHTS} and here")
    assert desk.page(third, **{"as": "lights", "act": "ticket"}).count("Add to ") == 1
    desk.service.clock.move(hours=7)
    desk.csrf = desk.service.sign_in()
    assert "Add to " not in desk.page(third, **{"as": "lights", "act": "ticket"})


def test_secrets_do_not_leave(desk: Desk) -> None:
    token = "ghp_" + "a1B2" * 9
    message_id = send(desk, f"learn says netrc error, my token is {token}")
    desk.ticket(message_id, "learn-gem")
    (ticket,) = desk.deliver("jira")
    assert token not in str(ticket.body)
    assert "\\[removed\\]" in ticket.body["description"]


def test_a_student_s_markup_is_literal_in_the_ticket(desk: Desk) -> None:
    attack = "{code}x{code} [c|http://evil.example] !i.png! h1. H <@U1> the light stays grey"
    message_id = send(desk, attack)
    desk.ticket(message_id, summary="lights\r\nX: 1")
    (ticket,) = desk.deliver("jira")
    assert "\\{code\\}x\\{code\\} \\[c\\|http" in ticket.body["description"]
    assert ticket.body["summary"] == "[Lights] lights X: 1"


def test_what_could_not_be_delivered_is_shown_with_the_vendor_s_words_and_settled(desk: Desk) -> None:
    message_id = send(desk, LIGHTS)
    desk.ticket(message_id)
    desk.service.transport.refuse = DeliveryFailed("the project is archived", Kind.PERMANENT)
    desk.deliver("jira")
    page = desk.page(message_id)
    assert "could not be delivered" in page
    assert "They said: the project is archived" in page
    assert "<pre>summary: [Lights]" in page
    delivery_id = stored(desk, message_id)[1][0].delivery_id
    desk.service.transport.refuse = None
    assert desk.post(f"/deliveries/{delivery_id}/again")["said"] == "again"
    assert len(desk.deliver("jira")) == 1
    assert desk.post(f"/deliveries/{delivery_id}/by-hand")["said"] == "settled-before"
    assert desk.post("/deliveries/nowhere/again")["said"] == "missing"


def test_another_coach_s_open_message_is_not_sent_over_their_head(desk: Desk) -> None:
    message_id = send(desk, LIGHTS)
    fields = desk.form(message_id, "ticket", "lights") | WRITTEN | {"check": CHECKLIST, "can_go_on": "yes"}
    desk.service.client.app.state.people.add_user("Priya", "coach", "a long password")
    desk.service.client.post("/sign-in", data={"name": "Priya", "password": "a long password"})
    desk.csrf = desk.service.client.get("/students").text.split('name="csrf" value="')[1].split('"')[0]
    answer = desk.post(f"/messages/{message_id}/actions/ticket", **{**fields, "csrf": desk.csrf}, do="send")
    assert answer["said"] == "claimed"
    assert desk.deliver("jira") == []


def test_an_erased_message_and_an_unknown_action_are_said_so(desk: Desk) -> None:
    assert desk.post("/messages/gone/actions/ticket", do="send")["said"] == "missing"
    assert desk.post("/messages/gone/yes")["said"] == "missing"
    message_id = send(desk, LIGHTS)
    assert desk.post(f"/messages/{message_id}/actions/fax", do="send")["refused"] == "ActionUnknown"
    assert desk.post(f"/messages/{message_id}/actions/referral", do="send")["refused"] == "ActionUnknown"
