"""Two operators and a stranger, in any order: no state without a way out, no plan that surprises.

After each sequence ``status`` and the next plan name just what the database has not run.

Every sequence begins where the one before has ended.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from matrix import with_witness
from office import APP, CONFIRM, Office
from tried import LINES

pytestmark = pytest.mark.timeout(3600)
#: How many sequences are tried: some in the suite, more in .ci/run.
SEQUENCES = int(os.environ.get("MINION_SEQUENCES", "2"))
DEPLOY, ROLLBACK = f"deploy:dev,branch=work,{CONFIRM}", f"rollback:dev,{CONFIRM}"

who = st.sampled_from([0, 1])
deeds = st.one_of(
    st.tuples(st.just("commit"), who, st.sampled_from(["code", "expand", "breaking", "fragile"])),
    st.tuples(st.just("deploy"), who),
    st.tuples(st.just("look"), who),
    st.tuples(st.just("deploy_planned"), who),
    st.tuples(
        st.just("killed"),
        who,
        st.sampled_from([DEPLOY, DEPLOY, ROLLBACK]),
        st.integers(0, 4),
        st.booleans(),
    ),
    st.tuples(st.just("interrupted"), who, st.integers(0, 4)),
    st.tuples(st.just("resume"), who, st.sampled_from(["finish", "back"])),
    st.tuples(st.just("unlock"), who),
    st.tuples(st.just("rollback"), who),
    st.tuples(st.just("without_commands"), who),
    st.sampled_from([("foreign_push",), ("foreign_config",), ("rewind",), ("mend",)]),
)
#: What is likely to leave something undone.
unfinished = st.tuples(
    st.tuples(st.just("commit"), st.just(0), st.sampled_from(["expand", "breaking", "fragile"])),
    st.one_of(
        st.tuples(st.just("deploy"), st.just(0)),
        st.tuples(st.just("without_commands"), st.just(0)),
        st.tuples(st.just("killed"), st.just(0), st.just(DEPLOY), st.integers(0, 4), st.booleans()),
    ),
)
sequences_of_deeds = st.builds(
    lambda before, work, after: [*before, *work, *after],
    st.lists(deeds, min_size=1, max_size=3),
    unfinished,
    st.lists(deeds, max_size=3),
)


@pytest.fixture(scope="module")
def office(operator, shop):
    operator.fab("sandbox", f"deploy:dev,{CONFIRM}")
    shop.api("PATCH", f"/apps/{APP}/features/preboot", {"enabled": True})
    shop.git("checkout", "-q", "-b", "work", "dev")
    shop.commit("Leave word", with_witness(shop, APP))
    shop.git("push", "-q", "origin", "work")
    operator.fab("sandbox", DEPLOY)
    return Office(operator, shop)


def carry_out(office, name, *words):
    """One deed; the number after the name is whose desk it is done at."""
    desk = [office.desks[word] for word in words[:1]]
    getattr(office, name)(*desk, *words[1:])
    office.holds()


@pytest.mark.whole
def test_no_sequence_of_deeds_leads_where_there_is_no_way_out(office):
    sequences, pending = [], []

    @settings(
        max_examples=SEQUENCES,
        derandomize=True,
        database=None,
        deadline=None,
        # Each begins where the last has ended, so that none can be repeated to be made shorter.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(sequences_of_deeds)
    def try_one(sequence):
        sequences.append(sequence)
        for desk in office.desks:
            desk.said.clear()
        try:
            for deed in sequence:
                carry_out(office, *deed)
            pending.append(office.tells_what_is_pending(office.ann))
            office.to_the_good()
            pending.append(office.tells_what_is_pending(office.bob))
            assert pending[-1] == "0 left over, 0 in all"
        except BaseException:
            print(f"\nIn sequence {len(sequences)}: {sequence}")
            print(*(said for desk in office.desks for said in desk.said), sep="\n")
            raise

    try_one()
    LINES.append(f"{len(sequences)} sequences of {sum(map(len, sequences))} deeds of operators")
    LINES.append(f"pending after each, as the database has it: {'; '.join(pending[::2])}")
    assert len(sequences) >= min(SEQUENCES, 3)
