"""The emoji shortcodes that cards use. Pure."""

import re

_CODE = re.compile(r":([a-z0-9_+'-]+):")

CODES = {
    line.split()[0]: line.split()[1]
    for line in """
white_check_mark ✅
heavy_check_mark ✔️
ballot_box_with_check ☑️
x ❌
no_entry ⛔
no_entry_sign 🚫
warning ⚠️
rotating_light 🚨
hourglass ⌛
hourglass_flowing_sand ⏳
stopwatch ⏱️
alarm_clock ⏰
clock1 🕐
clock9 🕘
calendar 📆
date 📅
spiral_calendar_pad 🗓️
email 📧
e-mail 📧
envelope ✉️
incoming_envelope 📨
envelope_with_arrow 📩
mailbox 📫
mailbox_with_mail 📬
inbox_tray 📥
outbox_tray 📤
memo 📝
pencil ✏️
pencil2 ✏️
page_facing_up 📄
clipboard 📋
bar_chart 📊
chart_with_upwards_trend 📈
chart_with_downwards_trend 📉
mega 📣
loudspeaker 📢
speech_balloon 💬
left_speech_bubble 🗨️
telephone_receiver 📞
iphone 📱
link 🔗
mag 🔍
eyes 👀
bulb 💡
dart 🎯
rocket 🚀
sparkles ✨
tada 🎉
star ⭐
fire 🔥
zap ⚡
bell 🔔
no_bell 🔕
lock 🔒
key 🔑
shield 🛡️
gear ⚙️
wrench 🔧
robot_face 🤖
bust_in_silhouette 👤
busts_in_silhouette 👥
office 🏢
house 🏠
wave 👋
+1 👍
thumbsup 👍
-1 👎
thumbsdown 👎
clap 👏
pray 🙏
point_right 👉
point_down 👇
raised_hands 🙌
muscle 💪
smile 😄
slightly_smiling_face 🙂
thinking_face 🤔
neutral_face 😐
disappointed 😞
heart ❤️
arrow_right ➡️
arrow_left ⬅️
arrow_up ⬆️
arrow_down ⬇️
arrows_counterclockwise 🔄
leftwards_arrow_with_hook ↩️
rewind ⏪
fast_forward ⏩
double_vertical_bar ⏸️
pause_button ⏸️
arrow_forward ▶️
black_square_for_stop ⏹️
heavy_plus_sign ➕
heavy_minus_sign ➖
question ❓
grey_question ❔
exclamation ❗
information_source ℹ️
red_circle 🔴
large_green_circle 🟢
large_yellow_circle 🟡
large_orange_circle 🟠
large_blue_circle 🔵
white_circle ⚪
black_circle ⚫
globe_with_meridians 🌐
earth_africa 🌍
seedling 🌱
trophy 🏆
package 📦
paperclip 📎
broken_heart 💔
see_no_evil 🙈
test_tube 🧪
card_index 📇
label 🏷️
newspaper 📰
hash #️⃣
100 💯
""".strip().splitlines()
}


def shown(text: str) -> str:
    """Known shortcodes as emoji; unknown ones stay as typed."""
    return _CODE.sub(lambda found: CODES.get(found.group(1), found.group()), text)
