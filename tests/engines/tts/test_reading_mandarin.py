"""What is said for what is written, in Chinese and in both languages at once."""

import pytest

from ofrenda.engines.tts.reading import Run, read
from ofrenda.engines.tts.reading.mandarin_numbers import cardinal

TABLE = [
    # numbers
    ("我有2个孩子", "我有两个孩子."),
    ("12个人", "十二个人."),
    ("一共22个", "一共二十二个."),
    ("100块", "一百块."),
    ("105个", "一百零五个."),
    ("110个", "一百一十个."),
    ("2000人", "两千人."),
    ("10086个", "一万零八十六个."),
    ("20500元", "两万零五百元."),
    ("1,234个", "一千二百三十四个."),
    ("100000000", "一亿."),
    ("2万元", "两万元."),
    ("3.14", "三点一四."),
    ("0.5公斤", "零点五公斤."),
    ("007", "零零七."),
    ("第3次", "第三次."),
    ("第12名", "第十二名."),
    ("2岁", "两岁."),
    ("-5", "负五."),
    # dates
    ("2019年5月3日", "二零一九年五月三日."),
    ("1998年出生", "一九九八年出生."),
    ("2019-05-03", "二零一九年五月三日."),
    ("2019/5/3", "二零一九年五月三日."),
    ("3/5/2019", "二零一九年三月五日."),
    ("25/12/2019", "二零一九年十二月二十五日."),
    ("5月3号", "五月三号."),
    ("12月", "十二月."),
    ("2月2日", "二月二日."),
    ("80年代", "八十年代."),
    ("3年", "三年."),
    ("10年", "十年."),
    ("2年", "两年."),
    ("2008级", "二零零八级."),
    ("1998-2004年", "一九九八到二零零四年."),
    # times
    ("3:30", "三点半."),
    ("15:30", "十五点三十分."),
    ("9:05", "九点零五分."),
    ("3:00", "三点."),
    ("2:15", "两点十五分."),
    ("8点半", "八点半."),
    ("2点", "两点."),
    ("10点10分", "十点十分."),
    ("9:00-17:00", "九点到十七点."),
    ("下午3:30见", "下午三点半见."),
    # money
    ("¥50", "五十元."),
    ("50元", "五十元."),
    ("3.5元", "三点五元."),
    ("$5", "五美元."),
    ("£20", "二十英镑."),
    ("€3", "三欧元."),
    ("HK$100", "一百港币."),
    ("¥3.5万", "三点五万元."),
    # percent, fractions, ranges, times, scores
    ("5%", "百分之五."),
    ("3.5%的人", "百分之三点五的人."),
    ("1/2", "二分之一."),
    ("3-5天", "三到五天."),
    ("10~20个", "十到二十个."),
    ("2倍", "两倍."),
    ("3:2赢了", "三比二赢了."),
    ("1+1=2了", "一加一等于二了."),
    # telephone
    ("电话13812345678", "电话幺三八幺二三四五六七八."),
    ("010-12345678", "零幺零,幺二三四五六七八."),
    ("打120", "打幺二零."),
    # units
    ("走了5km", "走了五公里."),
    ("重70kg", "重七十公斤."),
    ("-5℃", "零下五度."),
    ("28°C", "二十八度."),
    ("50m²", "五十平方米."),
    ("302室", "三零二室."),
    # chats
    ("哈哈哈哈哈哈", "哈哈."),
    ("好呀~~~", "好呀."),
    ("666", "六六六."),
    ("知道啦！！！", "知道啦!"),
    ("真的？？？！", "真的?"),
    ("爱你😘😘", "爱你."),
    ("**加粗**「引号」《红楼梦》", "加粗引号红楼梦."),
    ("嗯。。。好吧", "嗯…好吧."),
    ("你好，世界。", "你好,世界."),
    ("看https://www.baidu.com/x吧", "看一个链接吧."),
]


@pytest.mark.parametrize(("written", "said"), TABLE, ids=[row[0] for row in TABLE])
def test_written_chinese_is_read_as_people_say_it(written: str, said: str) -> None:
    assert [run.text.rstrip(".") for run in read(written, "zh")] == [said.rstrip(".")]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "零"),
        (10, "十"),
        (19, "十九"),
        (20, "二十"),
        (101, "一百零一"),
        (1001, "一千零一"),
        (1010, "一千零一十"),
        (10001, "一万零一"),
        (200000, "二十万"),
        (123456789, "一亿两千三百四十五万六千七百八十九"),
        (-7, "负七"),
    ],
)
def test_cardinals(value: int, said: str) -> None:
    assert cardinal(value) == said


MIXED = [
    (
        "我在Harbin住了3年。",
        [("zh", "我在"), ("en", "Harbin"), ("zh", "住了三年.")],
    ),
    (
        "I told her 我爱你 at 3:30.",
        [("en", "I told her"), ("zh", "我爱你"), ("en", "at three thirty.")],
    ),
    (
        "She was born in 哈尔滨 in 1985.",
        [("en", "She was born in"), ("zh", "哈尔滨"), ("en", "in nineteen eighty five.")],
    ),
    (
        "下午3点去KTV唱歌，听MP3",
        [("zh", "下午三点去"), ("en", "KTV"), ("zh", "唱歌,听"), ("en", "MP three.")],
    ),
    ("Aiyo, 你吃饭了吗？", [("en", "Aiyo,"), ("zh", "你吃饭了吗?")]),
    ("爸爸2019年走的", [("zh", "爸爸二零一九年走的.")]),
]


@pytest.mark.parametrize(("written", "runs"), MIXED, ids=[row[0] for row in MIXED])
def test_each_script_is_read_in_its_own_language(written: str, runs: list[tuple[str, str]]) -> None:
    assert read(written) == [Run(language, text) for language, text in runs]


def test_nothing_to_say_gives_nothing() -> None:
    for text in ("", "   ", "😂😂", "...", "—", "**"):
        assert read(text) == []
