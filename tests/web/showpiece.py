"""An answer with every kind of card, as the real actions give it, for looking at and for the browser tests."""

from __future__ import annotations

from typing import Any

from stage import LINE, PRODUCTS, say

NAMES = {
    "price": {"zh": "价格异议", "en": "Price"},
    "authority": {"zh": "权力异议", "en": "Authority"},
}
LINE_EN = "It's nearly twice what I saw online, and I'd have to ask my wife anyway"
SPANS = {"zh": ("比网上贵了快一倍", "得问我老婆"), "en": ("nearly twice what I saw online", "have to ask my wife")}
METHODS = {
    "compensation": {"zh": "补偿法", "en": "Compensation"},
    "yes_if": {"zh": "“是的……如果”法", "en": "Yes… if"},
    "rebuttal": {"zh": "直接反驳法", "en": "Direct rebuttal"},
}


def advice(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer with advice; `products`, `unsure`, `phone`, `wrong` and `hello` in the text bring other cards."""
    text = message.get("text") or message.get("payload") or ""
    lang = message["metadata"]["lang"] if not message.get("text") else _lang(text)
    for word, play in (
        ("product", products),
        ("unsure", unsure),
        ("phone", phone),
        ("wrong", wrong),
        ("hello", hello),
    ):
        if word in text:
            return play(lang)
    if "another_version" in text:
        return [script(lang, "compensation", 2)]
    return [sorted_card(lang), nature(lang), script(lang, "compensation", 1), script(lang, "yes_if", 1), guarded(lang)]


def _lang(text: str) -> str:
    return "zh" if any("\u3400" <= character <= "\u9fff" for character in text) else "en"


def _of(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def sorted_card(lang: str) -> dict[str, Any]:
    """The objections."""
    sentence = LINE if lang == "zh" else LINE_EN
    found = [
        {"type": type_, "name": NAMES[type_], "confidence": confidence, "span": span, "text": sentence}
        for type_, confidence, span in zip(NAMES, (0.93, 0.71), SPANS[lang], strict=True)
    ]
    wrong_title = _of(lang, "分类不对", "Wrong type")
    return say("…", "sorted", ((wrong_title, '/wrong_type{"turn": 1}'),), objections=found, clauses=[], lang=lang)


def nature(lang: str) -> dict[str, Any]:
    """How each is meant."""
    return say(
        "…",
        "nature",
        objections=[
            {
                "type": "price",
                "type_name": NAMES["price"],
                "id": "genuine",
                "name": {"zh": "真异议", "en": "Genuine"},
                "confidence": 0.82,
                "cue": SPANS[lang][0],
                "why": _of(lang, "有具体的比较对象，说明他真的算过账。", "He names what he compared it with, so he has done the sum."),
                "advice": _of(lang, "正面回答，给出数字。", "Answer it head on, with figures."),
            },
            {
                "type": "authority",
                "type_name": NAMES["authority"],
                "id": "hidden",
                "name": {"zh": "隐藏的异议", "en": "Hidden"},
                "confidence": 0.55,
                "cue": SPANS[lang][1],
                "why": _of(lang, "“问老婆”前面先说了贵，可能是同一个顾虑。", "The wife comes after the price: it may be the same worry."),
                "advice": _of(lang, "先问清楚，两个人商量的是什么。", "Ask what the two of them would be deciding."),
            },
        ],
        lang=lang,
    )


def script(lang: str, method: str, version: int) -> dict[str, Any]:
    """One answer."""
    lines = {
        ("zh", 1): "您拿两家的价格摆在一起看，这是会买东西的人。我们确实不是最便宜的，贵在它自带流量卡和24小时电池，停电断网照样报警。"
        "三年算下来，每天不到一块八。明天下午三点我把演示机带过去，当着您爱人的面拔一次电源，行吗？",
        ("zh", 2): "是的，比网上贵，这个我不绕。贵出来的部分买的是一条不怕剪的线。您把最担心的那一晚告诉我，我按那一晚给您演示。",
        ("en", 1): "You've put the two prices side by side, and so would I. We aren't the cheapest: what you pay for is a hub with "
        "its own SIM and a battery that keeps going when the power is cut. Over three years that's under two yuan a day. "
        "Shall I bring the demo unit round at three tomorrow, while your wife is in?",
        ("en", 2): "Yes, it costs more than online, and I won't talk around that. The difference is a line that can't be cut. "
        "Tell me about the night you worry about most, and I'll show you exactly that.",
    }
    buttons = (
        (_of(lang, "换个说法", "Another version"), f'/another_version{{"turn": 1, "method": "{method}"}}'),
    )
    return say(
        "…",
        "script",
        buttons,
        method=method,
        method_name=METHODS[method],
        line=lines[lang, version],
        why=_of(lang, "先承认贵，他就不必再证明贵，才听得进好处。", "Once you admit it's dearer he can stop proving it, and starts listening."),
        beware=_of(lang, "别急着打折，一打折前面的话就白说了。", "Don't reach for a discount: it takes back everything you just said."),
        follow_up=_of(lang, "除了价钱，还有别的让您拿不定主意吗？", "Apart from the price, is anything else holding you back?"),
        version=version,
        versions=6,
        warning="",
        lang=lang,
    )


def guarded(lang: str) -> dict[str, Any]:
    """An answer with a warning."""
    line = _of(
        lang,
        "网上那个价是不带主机的，单买主机要一千二。这是两边的配置单，您对一下。",
        "The price online is without the hub, which is 1,200 yuan on its own. Here are both lists; see for yourself.",
    )
    warning = _of(lang, "只有手里有证据时才用，只反驳事实，不反驳人。", "Only with proof in hand, and against the fact, never the person.")
    made = script(lang, "rebuttal", 1)
    made["data"] = {**made["data"], "line": line, "warning": warning}
    made["buttons"] = [
        *made["buttons"],
        {"title": _of(lang, "换个方法", "Another method"), "payload": '/another_method{"turn": 1}'},
    ]
    return made


def products(lang: str) -> list[dict[str, Any]]:
    """The products to choose from."""
    cards = [{"id": card.id, "name": card.name, "trade": card.trade, "summary": card.summary} for card in PRODUCTS]
    buttons = tuple((card.name[lang], f'/choose_product{{"product": "{card.id}"}}') for card in PRODUCTS)
    return [say(_of(lang, "您要卖哪一样？", "What are you selling?"), "products", buttons, products=cards, lang=lang)]


def unsure(lang: str) -> list[dict[str, Any]]:
    """A question about the type."""
    text = _of(lang, "这句话我拿不准：是价格还是支付能力？", "I'm not sure about this one: price, or ability to pay?")
    buttons = (
        (_of(lang, "价格异议", "Price"), '/choose_type{"turn": 1, "type": "price"}'),
        (_of(lang, "支付能力异议", "Ability to pay"), '/choose_type{"turn": 1, "type": "payment"}'),
    )
    return [say(text, "ask_type", buttons, lang=lang)]


def phone(lang: str) -> list[dict[str, Any]]:
    """A telephone rejection."""
    lines = {
        "base": [
            _of(lang, "资料我亲自带过去，十分钟讲清楚。周四上午十点方便吗？", "I'll bring it myself; ten minutes. Is Thursday at ten any good?")
        ],
        "middle_manager": [
            _of(lang, "您那边同事少跑两趟，这就是我想当面给您看的。", "Two fewer rounds a night for your people: that's what I'd like to show you.")
        ],
        "senior_manager": [
            _of(lang, "一年省下的钱，我用一页纸给您算。", "One page with what it saves in a year, that's all I'd bring.")
        ],
    }
    return [
        say(
            "…",
            "telephone",
            name={"zh": "先发份资料", "en": "Send me some material"},
            move=_of(lang, "把要资料变成当面送资料。", "Turn sending into bringing."),
            lines=lines,
            beware=_of(lang, "一通电话最多争取两次。", "Two attempts in one call at most."),
            lang=lang,
        )
    ]


def wrong(lang: str) -> list[dict[str, Any]]:
    """The choice of the right type."""
    zh = "需求异议 价格异议 产品异议 购买时间异议 销售员异议 服务异议 支付能力异议 货源异议 权力异议 推托 不是异议".split()
    en = "Need,Price,Product,Timing,Salesperson,Service,Ability to pay,Source,Authority,Brush-off,No objection".split(",")
    ids = "need price product timing salesperson service payment source authority brush_off none".split()
    titles = zh if lang == "zh" else en
    buttons = tuple(
        (title, f'/correct_type{{"turn": 1, "type": "{type_}"}}') for title, type_ in zip(titles, ids, strict=True)
    )
    return [say(_of(lang, "谢谢指正。这句话到底属于哪一类？", "Thank you. What is it really?"), "correction", buttons, lang=lang)]


def hello(lang: str) -> list[dict[str, Any]]:
    """Small talk, and a notice."""
    return [
        say(_of(lang, "您好！把客户说的话原样发给我。", "Hello! Send me what the customer said, word for word."), lang=lang),
        say(_of(lang, "已换成英文。", "English from here."), "notice", lang=lang),
    ]
