"""A distress notice leaves by itself, once; what fails is tried again; a late worker cannot mark."""

from datetime import timedelta

import pytest
from doubles import HandClock, Service, ServiceFactory

from serve.delivering.outbox import DESTINATIONS, ON_CALL, State
from serve.delivering.retry import MOST_ATTEMPTS
from serve.delivering.worker import Worker
from serve.store.database import Database
from serve.store.deliveries import claim, deliveries_of, mark_delivered
from serve.transports.base import DeliveryFailed, Kind

DISTRESS = "i'm done with this course, i feel so stupid and i want to quit"


@pytest.fixture
def idle(start_service: ServiceFactory) -> Service:
    """A service whose worker the test runs by hand."""
    return start_service(worker=False)


def worker(service: Service) -> Worker:
    database: Database = service.client.app.state.database
    return Worker(
        database, dict.fromkeys(DESTINATIONS, service.transport), service.clock, lease_for=timedelta(seconds=60)
    )


def states(service: Service, message_id: object) -> list[str]:
    with service.client.app.state.database.read() as connection:
        return [delivery.state for delivery in deliveries_of(connection, str(message_id))]


def test_the_notice_goes_out_by_itself_and_the_outbox_holds_none_of_the_student_s_words(service: Service) -> None:
    sent = service.post(DISTRESS)
    assert service.transport.news.wait(5)
    (notice,) = service.transport.delivered
    assert notice.body["link"].endswith(f"/queue?message={sent['id']}")
    assert notice.body["quote"] == DISTRESS
    with service.client.app.state.database.read() as connection:
        assert "stupid" not in str(deliveries_of(connection, str(sent["id"])))


def test_a_school_can_keep_the_words_inside(start_service: ServiceFactory) -> None:
    service = start_service(on_call_words=False)
    service.post(DISTRESS)
    assert service.transport.news.wait(5)
    assert "stupid" not in str(service.transport.delivered)


def test_a_message_without_distress_tells_nobody(idle: Service) -> None:
    idle.post("how do i sort an array by two keys")
    assert not worker(idle).deliver_one(ON_CALL)


def test_a_refused_notice_is_tried_again_until_it_arrives(idle: Service) -> None:
    sent = idle.post(DISTRESS)
    delivering = worker(idle)
    idle.transport.refuse = DeliveryFailed("no such channel", Kind.PERMANENT)
    for _ in range(MOST_ATTEMPTS + 5):
        assert delivering.deliver_one(ON_CALL)
        assert not delivering.deliver_one(ON_CALL)  # not before its time
        idle.clock.move(hours=7)
    assert states(idle, sent["id"]) == [State.RETRYING]
    idle.transport.refuse = None
    assert delivering.deliver_one(ON_CALL)
    assert states(idle, sent["id"]) == [State.DELIVERED]
    assert not delivering.deliver_one(ON_CALL)


def test_a_worker_that_wakes_after_its_lease_cannot_mark(idle: Service) -> None:
    sent = idle.post(DISTRESS)
    database: Database = idle.client.app.state.database
    clock: HandClock = idle.clock

    def claimed():
        until = clock() + timedelta(seconds=60)
        return database.write(lambda c: claim(c, ON_CALL, now=clock(), leased_until=until))

    def marked(lease):
        return database.write(lambda c: mark_delivered(c, lease, delivered_at=clock(), receipt={}))

    (slow,) = claimed()
    assert claimed() == []
    clock.move(seconds=61)
    (quick,) = claimed()
    assert quick.idempotency_key == slow.idempotency_key
    assert not marked(slow)
    assert marked(quick)
    assert states(idle, sent["id"]) == [State.DELIVERED]


def test_a_notice_that_was_waiting_at_a_stop_leaves_after_the_start(start_service: ServiceFactory) -> None:
    first = start_service(worker=False)
    first.post(DISTRESS)
    first.client.__exit__(None, None, None)
    first.client.__exit__ = lambda *_: None  # closed already
    second = start_service()
    second.clock.move(minutes=1)
    assert second.transport.news.wait(5)


def test_a_worker_without_a_way_to_its_destinations_does_not_start(idle: Service) -> None:
    with pytest.raises(ValueError, match=ON_CALL):
        Worker(idle.client.app.state.database, {}, idle.clock, lease_for=timedelta(seconds=60))


def test_the_console_prints_what_would_be_sent() -> None:
    import io

    from serve.transports.base import Delivery
    from serve.transports.console import ConsoleTransport

    stream = io.StringIO()
    delivery = Delivery("d1", "distress_notice", ON_CALL, {"link": "http://x/1", "urgent": True}, "k")
    assert ConsoleTransport(stream).deliver(delivery).reference == "console-d1"
    assert "link: http://x/1" in stream.getvalue()
    stream.close()
    with pytest.raises(DeliveryFailed):
        ConsoleTransport(stream).deliver(delivery)
