"""Japanese, Chinese (both scripts), Korean: written without spaces, so words are told apart by longest match."""

from __future__ import annotations

from monitor.core.times.words.language import Language

JAPANESE = Language(
    code="ja",
    months=("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"),
    weekdays=(
        "月曜日 月曜 月", "火曜日 火曜 火", "水曜日 水曜 水", "木曜日 木曜 木", "金曜日 金曜 金", "土曜日 土曜 土",
        "日曜日 日曜 日",
    ),
    units={
        "s": "秒", "min": "分 分間", "h": "時間", "d": "日 日間", "w": "週間 週", "mo": "か月 ヶ月 カ月 ヵ月 ケ月 箇月",
        "y": "年",
    },
    tail="前",
    one="一",
    recent="たった今 たったいま 今すぐ 数秒前",
    moments="先ほど さきほど 数分前 さっき",
    now_words="今 現在",
    today="今日 本日 きょう",
    yesterday="昨日 きのう",
    before_yesterday="一昨日 おととい",
    about="約",
    am="午前",
    pm="午後",
    labels="更新 最終 最終更新 公開 配信 投稿 掲載 日時 発表 作成 付 に の 時点",
)  # fmt: skip
CHINESE = Language(
    code="zh",
    months=("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"),
    weekdays=(
        *(f"星期{day} 周{day} 週{day} 礼拜{day} 禮拜{day}" for day in "一二三四五六"),
        "星期日 周日 週日 星期天 周天 礼拜天 禮拜天",
    ),
    units={
        "s": "秒钟 秒鐘 秒", "min": "分钟 分鐘 分", "h": "小时 小時 个小时 個小時 個鐘 钟头 鐘頭", "d": "天 日",
        "w": "周 週 星期 个星期 個星期 礼拜 禮拜", "mo": "个月 個月", "y": "年",
    },
    tail="前 以前 之前",
    one="一",
    two="两 兩",
    joiners="又 零",
    recent="刚刚 剛剛 刚才 剛才 几秒前 幾秒前 数秒前",
    moments="片刻之前 几分钟前 幾分鐘前 不久前",
    now_words="现在 現在",
    today="今天 今日",
    yesterday="昨天 昨日",
    before_yesterday="前天",
    less="不到 少于",
    about="约 大约 大約",
    am="上午 早上 清晨 早晨 凌晨",
    pm="下午 傍晚",
    noon="中午",
    night="晚上 夜间 夜間 深夜 晚间 晚間",
    labels="更新 更新于 更新於 最后 最後 最后更新 最後更新 发布 发布于 發佈 發布 發佈於 发表 发表于 發表 時間 时间 "
           "于 於 上架 刊登 出版",
)  # fmt: skip
KOREAN = Language(
    code="ko",
    months=("일월", "이월", "삼월", "사월", "오월", "유월", "칠월", "팔월", "구월", "시월", "십일월", "십이월"),
    weekdays=(
        "월요일 월", "화요일 화", "수요일 수", "목요일 목", "금요일 금", "토요일 토", "일요일 일",
    ),
    units={
        "s": "초", "min": "분", "h": "시간", "d": "일", "w": "주 주일", "mo": "개월 달", "y": "년",
    },
    tail="전",
    one="한",
    two="두",
    recent="방금 방금_전 지금_막 조금_전 몇_초_전",
    moments="몇_분_전 잠시_전",
    now_words="지금",
    today="오늘",
    yesterday="어제",
    before_yesterday="그저께 그제",
    about="약",
    am="오전 am",
    pm="오후 pm",
    labels="입력 수정 업데이트 최종 최종수정 최종_수정 기사입력 기사수정 등록 승인 발행 게시 작성 에 현재",
)  # fmt: skip
MARKS: dict[str, str] = {
    # What follows a number and says what it counts, where the East writes dates and clocks.
    "y": "年 년", "m": "月 월", "d": "日 号 號 일", "h": "時 时 点 點 시 点钟 點鐘", "i": "分 분", "s": "秒 초",
    "e": "半 반",
}  # fmt: skip
