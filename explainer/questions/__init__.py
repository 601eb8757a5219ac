"""Question mode: questions from a seed, what a student typed, where it went wrong, and what came of it in the end.

>>> question = deal(7, 1, ("axis",))
>>> judge(question, read_answer(question, str(question.answer[0]))).right
True
"""

from __future__ import annotations

from explainer.questions.dealing import deal, deal_all
from explainer.questions.judging import judge, say_verdict, slips_of
from explainer.questions.reading import read_answer
from explainer.questions.records import DIFFICULTIES, KINDS, Answer, Difficulty, Finding, Kind, Question, Slip, Verdict
from explainer.questions.scoring import NO_SLIP, SLIP_NAMES, Outcome, Score, Tally, Work, outcome, score, verdicts_until_right
from explainer.questions.sets import LARGEST_SEED, LONGEST, PARAMETERS, QuestionSet, question_set, to_parameters
from explainer.questions.wording import FORMULAS

__all__ = [
    "DIFFICULTIES", "FORMULAS", "KINDS", "LARGEST_SEED", "LONGEST", "NO_SLIP", "PARAMETERS", "SLIP_NAMES",
    "Answer", "Difficulty", "Finding", "Kind", "Outcome", "Question", "QuestionSet", "Score", "Slip", "Tally", "Verdict", "Work",
    "deal", "deal_all", "judge", "outcome", "question_set", "read_answer", "say_verdict", "score", "slips_of", "to_parameters",
    "verdicts_until_right",
]  # fmt: skip
