"""A proof that is shared among processes finds what one finds, and is never half a proof."""

import os
import signal
import time
from pathlib import Path

import pytest
from anonymity_shop import ANONYMISE, ROWS, SCHEMA, judged, memory_of
from postgres_server import execute

from minion.errors import MinionError
from minion.privacy import prove
from minion.privacy.proof.sharing import begun, processors, shares

pytestmark = pytest.mark.skipif(processors() == 1, reason="no process can be forked here")
LEFT = (
    "UPDATE shop_customer SET email = 'person7@mail.example' WHERE id = 9",
    "UPDATE shop_customer SET notes = 'see person8@mail.example' WHERE id = 10",
    "UPDATE shop_customer SET level = md5('person11@mail.example') WHERE id = 11",
    "UPDATE shop_customer SET country = 'Long Street 12, Some Town, 12 Long Street, Some Town,"
    " AB1 2CD' WHERE id = 12",
    "UPDATE shop_order SET payload = jsonb_build_object('x', '+44 1632 961014') WHERE id = 13",
    "ALTER TABLE auth_user RENAME username TO called",
)


@pytest.fixture(scope="module")
def source(server):
    return server.make(SCHEMA, ROWS)


@pytest.fixture(scope="module")
def memory(source):
    return memory_of(source)


@pytest.mark.parametrize("treatment", [(), tuple(ANONYMISE.values()), (*ANONYMISE.values(), *LEFT)])
def test_it_says_the_same(database, memory, treatment):
    target = database(SCHEMA, ROWS)
    execute(target, *treatment)
    judgement = judged(target)
    told = [prove([memory], target, judgement, processes=n).lines() for n in (1, 2, 5, 40)]
    assert told[0] == told[1] == told[2] == told[3]
    assert ("FOUND" in "\n".join(told[0])) is (len(treatment) != len(ANONYMISE))


def test_what_went_wrong_in_one_is_told_without_a_value():
    with pytest.raises(MinionError) as caught, begun([lambda: int("person7@mail.example")]) as told:
        told()
    assert str(caught.value) == "the proof was not finished: ValueError"


def test_a_killed_one_makes_no_half_proof():
    def end():
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(MinionError, match="ended with -9"), begun([lambda: 1, end]) as told:
        told()


def test_none_is_left_behind():
    with pytest.raises(KeyboardInterrupt), begun([lambda: time.sleep(600)]) as told:
        assert told is not None
        children = own_children()
        assert children
        raise KeyboardInterrupt
    assert not children & own_children()


def own_children():
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split())


@pytest.mark.parametrize(
    ("weights", "count", "found"),
    [
        ([4, 1, 1, 1, 1], 2, [[0], [1, 2, 3, 4]]),
        ([4, 4, 1], 2, [[0, 2], [1]]),
        ([1], 8, [[0]]),
        ([1, 1, 1], 1, [[0, 1, 2]]),
    ],
)
def test_shares(weights, count, found):
    assert shares(range(len(weights)), weights, count) == found
