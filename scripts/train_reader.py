"""Train the reading model: does what somebody wrote answer a question?

    python scripts/train_reader.py bundle.npz OUT [--seconds 110] [--epochs 8] [--steps N]

``bundle.npz`` comes from ``reading_pairs.py``; torch and numpy are all this step needs. A question,
what was replied to and the text go through the base model as one input; its linear layers get
low-rank changes (LoRA, Hu et al. 2021), and a small head on the first token and the mean says how
likely the text answers. One of the three hands that wrote the pairs is left out at a time: what is
found on hands that were not trained on chooses learning rate and epochs, and is what the report
tells. Then the last model is trained on all. OUT gets ``lora.npz``, ``report.json`` and the scores
of what was left out, ``held_out.npz``.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

LONGEST, QUESTION, CUE = 112, 40, 32
"""Tokens of an input at most, and of its first two parts."""
RANK, HEAD = 16, 64
SETTINGS: tuple[dict[str, float], ...] = (
    {"rate": 1e-3, "drop": 0.1, "families": 0.4},
    {"rate": 1e-3, "drop": 0.1, "families": 1.0},
    {"rate": 4e-4, "drop": 0.1, "families": 0.5},
    {"rate": 2e-3, "drop": 0.2, "families": 0.5},
)
"""``families``: the share of the bench's families' questions that an epoch draws."""
AVERAGE = 0.98
"""How much of the running average of the weights a step leaves."""
LINEARS = ("qkv", "ao", "fi", "fo")


class Bundle:
    """What was packed; inputs are built from it on ``device``."""

    def __init__(self, path: Path, device: str) -> None:
        self.data = dict(np.load(path).items())
        self.device = device
        self.rows = self.data["rows"]
        self.near = self.data["near"].astype(np.float32)
        self.hands = [str(one) for one in self.data["hands"]]
        begin, end, pad = (int(one) for one in self.data["special"])
        ends = self.data["ends"]
        texts = [self.data["tokens"][a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]
        ids = np.full((len(self.rows), LONGEST), pad, np.int64)
        self.lengths = np.zeros(len(self.rows), np.int64)
        for n, row in enumerate(self.rows):
            asked, cue, said = (texts[one] for one in row[1:4])
            parts = [begin, *asked[:QUESTION], end, *cue[:CUE], end]
            parts += [*said[: LONGEST - len(parts) - 1], end]
            ids[n, : len(parts)] = parts
            self.lengths[n] = len(parts)
        self.ids = torch.from_numpy(ids).to(device)
        self.label = self.rows[:, 4]

    def weight(self, name: str) -> torch.Tensor:
        if f"{name}.halves" not in self.data:
            return torch.from_numpy(self.data[name].astype(np.float32)).to(self.device)
        halves = self.data[f"{name}.halves"]
        numbers = np.concatenate([halves & 15, halves >> 4], 1).astype(np.float32) - 8
        dense = (numbers * self.data[f"{name}.scale"].astype(np.float32)[:, None]).reshape(-1)
        out = len(self.data[f"{name[:-2]}.b"])
        return torch.from_numpy(dense.reshape(out, -1)).to(self.device)


class Reader(nn.Module):
    """The base model, frozen, with low-rank changes and a head; gives one logit per input. The
    lowest ``frozen`` layers stay as they are, and what they give can be had once for all."""

    def __init__(self, bundle: Bundle, drop: float, frozen: int) -> None:
        super().__init__()
        self.frozen = frozen
        self.width, self.layers, self.heads = (int(one) for one in bundle.data["shape"])
        self.epsilon, self.drop = float(bundle.data["epsilon"]), drop
        self.words, self.places = bundle.weight("words"), bundle.weight("positions")
        self.places = self.places + bundle.weight("emb.type")[: self.width]
        self.base: dict[str, torch.Tensor] = {
            name: bundle.weight(name)
            for name in bundle.data
            if name.endswith((".b", "ln.w")) and not name.endswith(("q.b", "k.b", "v.b"))
        }
        for layer in range(self.layers):
            for kind in "wb":
                self.base[f"l{layer}.qkv.{kind}"] = torch.cat(
                    [bundle.weight(f"l{layer}.{one}.{kind}") for one in "qkv"]
                )
            for one in ("ao", "fi", "fo"):
                self.base[f"l{layer}.{one}.w"] = bundle.weight(f"l{layer}.{one}.w")
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        for layer in range(frozen, self.layers):
            for one in LINEARS:
                out, enter = self.base[f"l{layer}.{one}.w"].shape
                down = torch.randn(RANK, enter, device=bundle.device) / math.sqrt(enter)
                self.down[f"l{layer}_{one}"] = nn.Parameter(down)
                self.up[f"l{layer}_{one}"] = nn.Parameter(
                    torch.zeros(out, RANK, device=bundle.device)
                )
        self.dense = nn.Linear(2 * self.width, HEAD, device=bundle.device)
        self.last = nn.Linear(HEAD, 1, device=bundle.device)

    def linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        key = name.replace(".", "_")
        plain = F.linear(x, self.base[f"{name}.w"], self.base[f"{name}.b"])
        if key not in self.down:
            return plain
        return plain + F.linear(F.linear(x, self.down[key]), self.up[key])

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        both = self.base[f"{name}.w"], self.base[f"{name}.b"]
        return F.layer_norm(x, (self.width,), *both, self.epsilon)

    def dropped(self, x: torch.Tensor) -> torch.Tensor:
        return F.dropout(x, self.drop, self.training)

    def lower(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """What the frozen layers make of ``ids``."""
        x = self.norm(self.words[ids] + self.places[: ids.shape[1]], "emb.ln")
        for layer in range(self.frozen):
            x = self.layer(x, mask, layer)
        return x

    def layer(self, x: torch.Tensor, mask: torch.Tensor, layer: int) -> torch.Tensor:
        count, long, _ = x.shape
        split = self.linear(x, f"l{layer}.qkv").view(count, long, 3, self.heads, -1)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, mask[:, None, None])
        seen = seen.transpose(1, 2).reshape(count, long, self.width)
        x = self.norm(x + self.dropped(self.linear(seen, f"l{layer}.ao")), f"l{layer}.aln")
        inner = F.gelu(self.linear(x, f"l{layer}.fi"))
        return self.norm(x + self.dropped(self.linear(inner, f"l{layer}.fo")), f"l{layer}.oln")

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits of what :meth:`lower` gave."""
        for layer in range(self.frozen, self.layers):
            x = self.layer(x, mask, layer)
        mean = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        both = self.dropped(torch.cat([x[:, 0], mean], 1).float())
        return self.last(torch.tanh(self.dense(both)))[:, 0]


class Lower:
    """What the frozen layers give for each pair: kept after the first time where there are any."""

    def __init__(self, bundle: Bundle, model: Reader) -> None:
        self.bundle, self.model = bundle, model
        self.held: dict[int, torch.Tensor] = {}

    def __call__(self, some: Any) -> tuple[torch.Tensor, torch.Tensor]:
        lengths = self.bundle.lengths[some]
        long = -(-int(lengths.max()) // 8) * 8
        mask = torch.from_numpy(np.arange(long)[None] < lengths[:, None]).to(self.bundle.device)
        if not self.model.frozen:
            return self.model.lower(self._ids(some, long), mask), mask
        new = np.array([n for n in some if int(n) not in self.held], np.int64)
        if len(new):
            is_new = torch.from_numpy(np.isin(some, new))
            made = self.model.lower(self._ids(new, long), mask[is_new]).bfloat16()
            for n, one in zip(new, made, strict=True):
                self.held[int(n)] = one[: self.bundle.lengths[n]].clone()
        held = [self.held[int(n)] for n in some]
        x = nn.utils.rnn.pad_sequence(held, batch_first=True).float()
        return F.pad(x, (0, 0, 0, long - x.shape[1])), mask

    def _ids(self, some: Any, long: int) -> torch.Tensor:
        return self.bundle.ids[torch.from_numpy(some).to(self.bundle.device)][:, :long]


def batches(chosen: Any, lengths: Any, size: int, chance: Any | None) -> list[Any]:
    """``chosen`` in batches of like length; shuffled with ``chance``."""
    if chance is None:
        order = chosen[np.argsort(lengths[chosen])]
        return [order[n : n + size] for n in range(0, len(order), size)]
    order = chance.permutation(chosen)
    some = []
    for n in range(0, len(order), 16 * size):
        pool = order[n : n + 16 * size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        some += [pool[m : m + size] for m in range(0, len(pool), size)]
    return [some[n] for n in chance.permutation(len(some))]


def drawn(bundle: Bundle, kept: Any, share: float, negatives: int, chance: Any) -> Any:
    """The pairs of one epoch: all right ones, and some wrong ones of each question; of the
    questions of the bench's families only a ``share``."""
    luck = chance.random(int(bundle.rows[:, 0].max()) + 1)[bundle.rows[kept, 0]]
    families = bundle.rows[kept, 5] == bundle.hands.index("families")
    kept = kept[~families | (luck < share)]
    luck = chance.gumbel(size=len(kept)) + 20 * bundle.near[kept] + 1.0 * bundle.rows[kept, 7]
    luck[bundle.label[kept] == 1] = np.inf
    order = np.lexsort((-luck, bundle.rows[kept, 0]))
    question = bundle.rows[kept[order], 0]
    starts = np.flatnonzero(np.r_[True, question[1:] != question[:-1]])
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    right = bundle.label[kept[order]] == 1
    return kept[order[right | (rank < negatives)]]


def autocast(device: str) -> Any:
    return torch.autocast(device, torch.bfloat16)


@torch.no_grad()
def scores(model: Reader, lower: Lower, chosen: Any) -> Any:
    model.eval()
    found = np.zeros(len(lower.bundle.rows), np.float32)
    for some in batches(chosen, lower.bundle.lengths, 256, None):
        with autocast(lower.bundle.device):
            found[some] = model(*lower(some)).float().cpu().numpy()
    return found[chosen]


def train(bundle: Bundle, kept: Any, setting: dict[str, float], given: Any, seen: Any) -> Reader:
    """A model trained on the pairs ``kept``; after each epoch ``seen`` gets the averaged one."""
    torch.manual_seed(int(setting.get("seed", 0)))
    chance = np.random.default_rng(int(setting.get("seed", 0)))
    model = Reader(bundle, setting["drop"], given.frozen)
    average = Reader(bundle, 0.0, given.frozen)
    lower = given.lower = getattr(given, "lower", None) or Lower(bundle, average)
    weights = [p for n, p in model.named_parameters() if p.ndim > 1]
    rest = [p for n, p in model.named_parameters() if p.ndim == 1]
    groups = [{"params": weights, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}]
    steps = torch.optim.AdamW(groups, lr=setting["rate"], betas=(0.9, 0.98))
    average.load_state_dict(model.state_dict())
    done = 0
    for epoch in range(int(setting["epochs"])):
        pairs = drawn(bundle, kept, setting["families"], given.negatives, chance)
        for some in batches(pairs, bundle.lengths, given.batch, chance):
            done += 1
            for group in steps.param_groups:
                group["lr"] = setting["rate"] * min(1.0, done / 60)
            model.train()
            right = torch.from_numpy(bundle.label[some]).to(bundle.device).float()
            with autocast(bundle.device):
                with torch.no_grad():
                    enter = lower(some)
                logits = model(*enter)
            loss = F.binary_cross_entropy_with_logits(
                logits.float(), 0.96 * right + 0.02, pos_weight=torch.tensor(2.0).to(right)
            )
            steps.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(weights + rest, 1.0)
            steps.step()
            keep = min(AVERAGE, done / (done + 10))
            with torch.no_grad():
                old, new = list(average.parameters()), list(model.parameters())
                torch._foreach_lerp_(old, new, 1 - keep)
            if given.steps and done >= given.steps:
                break
            if done % 20 == 0:
                print(epoch, done, round(float(loss.detach()), 3), flush=True)
        if seen(epoch, average, lower) or (given.steps and done >= given.steps):
            break
    return average


def area(score: Any, right: Any) -> float:
    """Area under the ROC curve."""
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    ranks[order] = np.arange(1, len(score) + 1)
    _, same, count = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.bincount(same, ranks) / count)[same]
    n = int(right.sum())
    return float((ranks[right == 1].sum() - n * (n + 1) / 2) / max(1, n * (len(right) - n)))


def precision(score: Any, right: Any) -> float:
    hit = right[np.argsort(-score, kind="stable")]
    return float((np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit == 1].mean())


def figures(bundle: Bundle, chosen: Any, score: Any) -> dict[str, float]:
    """How well ``score`` tells right pairs from wrong ones; of questions that nothing
    answers, bars are set that 1 and 5 in 100 pass, and of the others the share is told whose best
    pair is right and passes."""
    rows = bundle.rows[chosen]
    right = rows[:, 4]
    passed = np.quantile(score[right == 0], 0.98)
    questions = np.unique(rows[:, 0])
    best = {q: np.flatnonzero(rows[:, 0] == q) for q in questions}
    tops = [(at[np.argmax(score[at])], right[at].any()) for at in best.values()]
    empty = np.array([score[top] for top, answered in tops if not answered])
    full = [(score[top], right[top]) for top, answered in tops if answered]
    told: dict[str, float] = {
        "pairs": len(rows),
        "auc": area(score, right),
        "average_precision": precision(score, right),
        "right_at_2_percent_wrong": float((score[right == 1] >= passed).mean()),
        "top_right": float(np.mean([hit for _, hit in full])),
    }
    for share in (1, 5):
        bar = np.quantile(empty, 1 - share / 100) if len(empty) else -np.inf
        told[f"answered_at_{share}_percent"] = float(np.mean([hit and s > bar for s, hit in full]))
    return {name: round(value, 4) for name, value in told.items()}


def chosen_of(bundle: Bundle, hand: str, language: str | None = None) -> tuple[Any, Any]:
    """The pairs to train on without ``hand``, and those of its scenes (of one language)."""
    held = bundle.rows[:, 5] == bundle.hands.index(hand)
    own = held & (bundle.rows[:, 7] == 1)
    own = own if language is None else own & (bundle.rows[:, 6] == ["en", "zh"].index(language))
    return np.flatnonzero(~held), np.flatnonzero(own)


def left_out(given: Any, setting: dict[str, float], hand: str) -> dict[str, Any]:
    """One run without ``hand``: figures and scores after each epoch."""
    bundle = opened(given)
    kept, held = chosen_of(bundle, hand)
    found: list[Any] = []

    def seen(epoch: int, model: Reader, lower: Lower) -> bool:
        found.append(scores(model, lower, held))
        print(hand, epoch, figures(bundle, held, found[-1]), flush=True)
        np.savez(given.out / f"without_{hand}_{epoch}.npz", **arrays(model))
        return time.time() > given.until

    train(bundle, kept, setting, given, seen)
    told = [figures(bundle, held, one) for one in found]
    return {"setting": setting, "hand": hand, "epochs": told, "scores": found}


def whole(given: Any, setting: dict[str, float]) -> dict[str, Any]:
    """The model of all pairs, as arrays."""
    bundle = opened(given)
    rows = np.arange(len(bundle.rows))
    model = train(bundle, rows, setting, given, lambda *_: False)
    return arrays(model)


def arrays(model: Reader) -> dict[str, Any]:
    state = {name: value.float().cpu().numpy() for name, value in model.state_dict().items()}
    return {name: value.astype(np.float16) for name, value in state.items()}


def opened(given: Any) -> Bundle:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("high")
    return Bundle(given.bundle, device)


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("bundle", type=Path)
    ask.add_argument("out", type=Path)
    ask.add_argument("--seconds", type=float, default=110, help="when to stop trying settings")
    ask.add_argument("--epochs", type=int, default=8)
    ask.add_argument("--steps", type=int, default=0, help="stop each run after so many (a trial)")
    ask.add_argument("--settings", type=int, default=len(SETTINGS), help="try only the first")
    ask.add_argument("--hands", nargs="*", help="leave out only these")
    ask.add_argument("--workers", type=int, default=6, help="runs at a time, on a GPU")
    ask.add_argument("--frozen", type=int, default=0, help="layers that stay as they are")
    ask.add_argument("--negatives", type=int, default=6, help="wrong pairs a question, an epoch")
    ask.add_argument("--batch", type=int, default=96, help="pairs a step")
    ask.add_argument("--whole", type=int, default=1, help="0: no last model of all pairs")
    given = ask.parse_args()
    began = time.time()
    given.until = began + 0.62 * given.seconds  # the last model takes the rest
    given.out.mkdir(parents=True, exist_ok=True)
    bundle = Bundle(given.bundle, "cpu")
    hands = given.hands or [one for one in bundle.hands if one.startswith("hand")]
    settings = [dict(one, epochs=given.epochs) for one in SETTINGS[: given.settings]]
    jobs = [(one, hand) for one in settings for hand in hands]
    if torch.cuda.is_available():
        # One run alone leaves the GPU idle most of the time.
        with ProcessPoolExecutor(given.workers, mp_context=get_context("spawn")) as pool:
            runs = list(pool.map(left_out, *zip(*((given, *job) for job in jobs), strict=True)))
    else:
        runs = [left_out(given, *job) for job in jobs]
    best, epoch = choice(runs, settings)
    if given.whole:
        last = whole(given, dict(settings[best], epochs=epoch + 1))
        np.savez(given.out / "lora.npz", **last)
    chosen = {one["hand"]: one for one in runs if one["setting"] == settings[best]}
    report: dict[str, Any] = {
        "setting": settings[best],
        "epochs": epoch + 1,
        "seconds": round(time.time() - began),
        "held_out": {
            hand: {
                language: {
                    "reader": told(bundle, hand, language, chosen[hand]["scores"][epoch]),
                    "cosine": told(bundle, hand, language, None),
                }
                for language in ("en", "zh")
            }
            for hand in hands
        },
        "runs": [{k: v for k, v in one.items() if k != "scores"} for one in runs],
    }
    held = {hand: chosen[hand]["scores"][epoch] for hand in hands}
    np.savez(given.out / "held_out.npz", **held)
    text = json.dumps(report, indent=1)
    (given.out / "report.json").write_text(text)
    print(json.dumps({k: v for k, v in report.items() if k != "runs"}, indent=1))


def told(bundle: Bundle, hand: str, language: str, score: Any | None) -> dict[str, float]:
    """The figures of one hand and language: of ``score``, over all pairs of the hand, or of the
    nearness of question and text."""
    _, all_of_it = chosen_of(bundle, hand)
    _, some = chosen_of(bundle, hand, language)
    if score is None:
        return figures(bundle, some, bundle.near[some])
    return figures(bundle, some, score[np.isin(all_of_it, some)])


def choice(runs: list[Any], settings: list[Any]) -> tuple[int, int]:
    """The setting and the epoch that did best on the hands left out."""
    best = (-1.0, 0, 0)
    for number, setting in enumerate(settings):
        some = [one["epochs"] for one in runs if one["setting"] == setting]
        for epoch in range(min(map(len, some))):
            mean = float(
                np.mean([one[epoch]["right_at_2_percent_wrong"] for one in some])
                + np.mean([one[epoch]["average_precision"] for one in some])
            )
            best = max(best, (mean, number, epoch))
    return best[1], best[2]


if __name__ == "__main__":
    main()
