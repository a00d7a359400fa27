"""What happens to the sample patients over the years: one function for each story."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from osler.main.sample.chart import Chart
from osler.main.sample.stories import (
    children,
    decade,
    elders,
    episodes,
    heart,
    longterm,
    mind,
    others,
    sugar,
    young,
)

Story = Callable[[Chart], None]

STORIES: Mapping[str, Story] = {
    "anemia": longterm.anemia,
    "ankle": episodes.ankle,
    "anxiety": mind.anxiety,
    "asthma": longterm.asthma,
    "child": children.growing_up,
    "depression": mind.depression,
    "diabetes": sugar.diabetes,
    "ear": children.ear_infection,
    "eczema": children.eczema,
    "fibrillation": heart.fibrillation,
    "hayfever": longterm.hay_fever,
    "heart": heart.failure,
    "hypertension": heart.hypertension,
    "kidney": sugar.kidney,
    "knee": longterm.knee,
    "migraine": longterm.migraine,
    "osteoporosis": longterm.osteoporosis,
    "pregnancy": episodes.pregnancy,
    "reflux": longterm.reflux,
    "thyroid": longterm.thyroid,
    "urinary": episodes.urinary_infection,
    "well": episodes.well,
    "apnea": others.apnea,
    "attention": young.attention,
    "copd": elders.copd,
    "decade": decade.decade,
    "dementia": elders.dementia,
    "elder": elders.elder,
    "newborn": young.newborn,
    "prostate": elders.prostate,
    "recovery": others.recovery,
    "survivor": others.survivor,
    "teen": young.teen,
    "vitamin": others.vitamin,
    "warfarin": elders.warfarin,
}
