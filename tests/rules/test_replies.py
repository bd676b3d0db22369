from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rules import automatic, later, quotes, replies
from storage.model import ReplyClass

TODAY = date(2026, 11, 24)  # a Tuesday

INTERESTED = (
    "I'm interested, tell me more.",
    "Sounds good! How much is it?",
    "Tuesday works for me",
    "Let's talk!",
    "I will be out of the office until Monday, let's talk then.",
    "Yes please",
    "Hi Olivia,\nwe would love to see a demo.\n\nBest,\nAda",
    "Not only interested but delighted.",
    "Why not, sounds interesting.",
    "No problem, send me the details.",
    "Klingt spannend, lassen Sie uns sprechen.",
    "Ja, gerne!",
    "Wir haben Interesse. Was kostet das?",
    "Ça m'intéresse, pouvez-vous m'envoyer une présentation ?",
    "Oui, avec plaisir.",
    "Me interesa, hablemos.",
    "Sí, por favor.",
    "Estamos interesados, envíeme más información.",
)
QUESTION = (
    "How much does it cost?",
    "Do you support SAP?",
    "I'm out of the office next week, how much is it?",
    "How do your customers unsubscribe?",
    "What does it integrate with? And is it possible to host it ourselves?",
    "Was kostet das für zehn Leute?",
    "Gibt es eine Demo?",
    "Combien ça coûte ?",
    "Est-ce que vous proposez une version française ?",
    "¿Cuánto cuesta?",
    "¿Qué incluye el plan básico?",
)
NEGATIVE = (
    "Wir haben bereits eine Lösung im Einsatz.",
    "Nous avons déjà un prestataire, merci.",
    "Ya tenemos un proveedor, gracias.",
    "Pas de besoin.",
    "Not interested.",
    "No thanks.",
    "We're not really interested, thank you.",
    "I would not say that we are interested.",
    "We already have a vendor for that.",
    "It's not a fit for us. Best, Jane",
    "Kein Interesse.",
    "Wir sind daran leider nicht interessiert.",
    "Nein danke",
    "Non merci.",
    "Nous ne sommes pas intéressés.",
    "Cela ne nous intéresse pas.",
    "No estamos interesados.",
    "No, gracias.",
    "No me interesa.",
)
OPT_OUT = (
    "Stop",
    "STOP.",
    "Hi Olivia, stop.",
    "unsubscribe",
    "Please unsubscribe me from this list.",
    "Please take me off\nyour list",
    "Not interested. Please stop emailing me.",
    "I'm interested in nothing you sell, remove me from your mailing list.",
    "Do not contact me again!",
    "Don't ever email me again",
    "If you don't stop emailing me I will call my lawyer.",
    "I can't unsubscribe, the link is broken.",
    "How do I unsubscribe?",
    "I do not want to receive any more emails from you",
    "leave me alone",
    "Delete my data.",
    "Bitte abmelden",
    "Bitte nehmen Sie mich aus Ihrem Verteiler.",
    "Bitte keine weiteren Mails.",
    "No más correos, por favor.",
    "Keine Werbung mehr, bitte!",
    "Bitte schicken Sie mir keine Nachrichten mehr.",
    "Ich möchte keine weiteren E-Mails von Ihnen erhalten.",
    "Bitte schreiben Sie mir nicht mehr.",
    "Hören Sie auf, mir zu schreiben!",
    "Lassen Sie uns in Ruhe.",
    "Désinscription",
    "Merci de me désinscrire de votre liste.",
    "Ne me contactez plus.",
    "Je ne veux plus recevoir vos mails.",
    "Baja",
    "Quiero darme de baja.",
    "No me escriban más.",
    "Eliminen mis datos, por favor.",
    "No quiero recibir más correos.",
    "Please remove my email address. > what a tool",
)
NEUTRAL = (
    "Thanks, noted.",
    "Received, thank you.",
    "Danke, schaue ich mir an.",
    "Bien reçu, merci.",
    "Recibido, gracias.",
)
UNCLEAR = (
    "Woher haben Sie meine Adresse?",
    "Qui vous a donné mon adresse ?",
    "¿Quién le dio mi correo?",
    "Not interested in X but tell me about Y.",
    "Please don't stop sending me this.",
    "I can't stop thinking about it.",
    "Please don't unsubscribe me!",
    "Oh great, another cold email. Just what I needed.",
    "Yeah right, sounds great.",
    "Na toll, genau was ich brauche.",
    "Super, encore un mail. Exactement ce qu'il me fallait.",
    "Genial, justo lo que necesitaba.",
    "Kein Interesse an A, aber erzählen Sie mir von B.",
    "I'm not the right person.",
    "Ich will mich nicht abmelden.",
    "I like that one can unsubscribe so easily",
    "I don't want to miss your emails",
    "We had to stop sending newsletters.",
    "Is this spam?",
    "Hm.",
    "🙂",
    "",
    "The quick brown fox jumps over the lazy dog.",
    "Your unsubscribe link looks odd.",
    "Pas intéressé par le logiciel, mais envoyez-moi les tarifs.",
)
CASES = [
    *((text, ReplyClass.INTERESTED) for text in INTERESTED),
    *((text, ReplyClass.QUESTION) for text in QUESTION),
    *((text, ReplyClass.NEGATIVE) for text in NEGATIVE),
    *((text, ReplyClass.OPT_OUT) for text in OPT_OUT),
    *((text, ReplyClass.NEUTRAL) for text in NEUTRAL),
    *((text, ReplyClass.UNCLEAR) for text in UNCLEAR),
]
DELAYS = (
    ("Next quarter, please.", date(2027, 1, 1)),
    ("Not now, try again in January.", date(2027, 1, 1)),
    ("Get back to me after the 15th", date(2026, 12, 16)),
    ("Sounds interesting. Call me in 3 weeks.", date(2026, 12, 15)),
    ("We have no budget this year.", None),
    ("Not interested at the moment.", None),
    ("Can we talk in February?", date(2027, 2, 1)),
    ("Too busy. Reach out on 2027-03-01.", date(2027, 3, 1)),
    ("Melden Sie sich bitte im Januar wieder.", date(2027, 1, 1)),
    ("Derzeit nicht, vielleicht nach dem 15. Januar.", date(2027, 1, 16)),
    ("Rufen Sie mich in drei Wochen an.", date(2026, 12, 15)),
    ("Recontactez-moi au prochain trimestre, le trimestre prochain.", date(2027, 1, 1)),
    ("Pas maintenant, rappelez-moi dans 2 semaines.", date(2026, 12, 8)),
    ("Ahora no, escríbame en enero.", date(2027, 1, 1)),
    ("Hablemos dentro de 3 semanas", date(2026, 12, 15)),
)
REFERRALS = (
    ("Dafür ist Herr Jan Müller zuständig.", "Jan Müller"),
    ("Frau Kurz ist dafür zuständig, kurz@acme.example", "kurz@acme.example"),
    ("I'm not the right person, talk to Jane Doe.", "Jane Doe"),
    ("Please contact our head of sales, Bo Ek, about this.", "Bo Ek"),
    ("Not interested myself; reach out to jane.doe@acme.example", "jane.doe@acme.example"),
    ("Bitte wenden Sie sich an Frau Petra Müller.", "Petra Müller"),
    ("Je ne suis pas la bonne personne, contactez Jean Dupont.", "Jean Dupont"),
    ("Hable con María García, por favor.", "María García"),
    ("I'm cc'ing my colleague Dr. Ann Lee", "Ann Lee"),
)
AWAY = (
    ("Automatic reply: I am out of the office until 5 January and will answer on my return.", {}, date(2027, 1, 5)),
    ("I am currently out of the office from 3 to 14 December with limited access to email. "
     "For urgent matters contact jane@acme.example.", {}, date(2026, 12, 14)),
    ("Abwesenheitsnotiz: Ich bin bis zum 7. Januar nicht im Büro.", {}, date(2027, 1, 7)),
    ("Réponse automatique : je suis en congés jusqu'au 4 janvier.", {}, date(2027, 1, 4)),
    ("Respuesta automática: estoy fuera de la oficina hasta el 7 de enero.", {}, date(2027, 1, 7)),
    ("Back on Monday.", {"Auto-Submitted": "auto-replied; x=y"}, date(2026, 11, 30)),
    ("We received your request. To unsubscribe from our newsletter click here.", {"X-Autoreply": "yes"}, None),
    ("Out of office, automatic reply", {"Auto-Submitted": "no"}, None),
)  # fmt: skip
NOTES = (
    ("I am out of the office until 30 November", (11, 30)),
    ("I am out of the office until 30 November 2026.", (11, 30)),
    ("I am out of office until Monday, November 30th.", (11, 30)),
    ("I will be out of the office until Monday.", (11, 30)),
    ("Hello,\nI'm on annual leave, back on 30.11.\nBest regards\nAda", (11, 30)),
    ("I'm on holiday. Return Monday 30 Nov.", (11, 30)),
    ("I am currently on parental leave and will return on 1 March 2027.", (2027, 3, 1)),
    ("OOO until 2026-12-07", (12, 7)),
    ("I'm away until Thursday, 3 December. For urgent matters call me on my mobile.", (12, 3)),
    ("Out of office: I'll be back in the office on Monday, 7 December and will be happy to help then.", (12, 7)),
    ("I am travelling until the end of November with limited access to email.", (11, 30)),
    ("I will be out of the office from 23 November to 4 December. I will get back to you upon my return.", (12, 4)),
    ("On paternity leave until January.", (2027, 1, 1)),
    ("I am on leave 24/11/2026 - 30/11/2026.", (11, 30)),
    ("I won't be able to answer while out of the office; I return to work on 30 November.", (11, 30)),
    ("I am on parental leave. Please contact our team at team@acme.example.", None),
    ("I am on annual leave.", None),
    ("I am out of office until 03/12/2026", (12, 3)),
    ("I am out of office until 03/02/2027", None),
    ("Ich bin bis 30.11. nicht im Büro.", (11, 30)),
    ("Abwesenheitsnotiz", None),
    ("Abwesenheitsnotiz: Ich bin bis einschließlich 30. November 2026 im Urlaub.", (11, 30)),
    ("Ich bin vom 23. bis 30. November im Urlaub. In dringenden Fällen wenden Sie sich an Petra Müller.", (11, 30)),
    ("Guten Tag, am 30.11.2026 bin ich wieder im Büro. Viele Grüße", (11, 30)),
    ("Ich bin außer Haus und ab dem 1. Dezember wieder für Sie da. Ihre Mail beantworte ich dann gerne.", (12, 1)),
    ("Ich befinde mich in Elternzeit bis Ende Januar.", (2027, 1, 31)),
    ("Je suis absent jusqu'au 30 novembre.", (11, 30)),
    ("Je suis absente du bureau jusqu'au lundi 30 novembre 2026 inclus.", (11, 30)),
    ("Bonjour, je suis en congés du 23 au 30 novembre. En cas d'urgence, contactez Jean Dupont.", (11, 30)),
    ("Je suis actuellement en congé maternité, de retour le 1er mars.", (2027, 3, 1)),
    ("Je suis en déplacement et je reviens le 30/11.", (11, 30)),
    ("Estoy fuera de la oficina hasta el 30 de noviembre.", (11, 30)),
    ("Estoy de vacaciones y regreso el lunes 30 de noviembre.", (11, 30)),
    ("Estaré de baja por maternidad hasta el 1 de marzo de 2027. Para asuntos urgentes escriba a Ana Ruiz.", (2027, 3, 1)),
    ("Me encuentro fuera de la oficina del 23 al 30 de noviembre.", (11, 30)),
)  # fmt: skip
"""The day as (month, day), or with its year before it."""
NO_NOTES = (
    "Let's talk when you are back in the office",
    "I'll be out on Friday, call me Monday — yes interested",
    "I'm on vacation until 30 November, please send me the deck.",
    "I am out of the office until Monday, call me then.",
    "I am back on 30 November, reach out to me then.",
    "Let us discuss this when I am back on 30 November.",
    "I was out of the office until today, thanks for waiting. Tell me more!",
    "Sorry, I was on annual leave. Back on it by 30 November.",
    "I hope you are back on 30 November.",
    "I am not out of the office until 30 November.",
    "Not interested, and I'm on leave until 30 November.",
    "I am out of the office until 30 November. Stop emailing me.",
    "When are you back in the office?",
    "We are interested. Our office is closed until 30 November.",
    "Is anybody out of the office until 30 November?",
    "I'm on vacation and don't have time for this",
    "Our people work out of the office in Berlin and we would like a demo on 30 November.",
    "Our people always work out of the office in Berlin, and none of them ever needs any of this, so why bother",
    "Ich bin bis 30.11. im Urlaub, rufen Sie mich danach an, wir haben Interesse.",
    "Ich war bis gestern im Urlaub. Klingt spannend.",
    "Melden Sie sich, wenn Sie wieder im Büro sind.",
    "J'étais en congés, désolé. Envoyez-moi une présentation avant le 30 novembre.",
    "Parlons-en quand vous serez de retour le 30 novembre.",
    "Estuve de vacaciones. Me interesa.",
    "Hablemos cuando esté de vuelta el 30 de noviembre.",
)
BOUNCES = (
    ("Mail delivery failed: 550 5.1.1 <ada@engines.example>: User unknown", True),
    (
        "Delivery Status Notification (Failure)\nThe address could not be delivered to: mailbox full, 4.2.2",
        False,
    ),
    (
        "This message was created automatically. Undelivered mail returned to sender. Blocked by policy 5.7.1",
        False,
    ),
    ("Ihre Nachricht konnte nicht zugestellt werden: Empfänger unbekannt", True),
    ("Votre message n'a pas pu être remis : l'adresse n'existe pas", True),
    ("Address not found\nYour message wasn't delivered because the address couldn't be found", True),
)
QUOTED = (
    "Sounds good\n\nOn Tue, 24 Nov 2026 at 10:00, Olivia <olivia@acme.example> wrote:\n> Stop reading here to unsubscribe\n",
    "Sounds good\n\nOn Tue, 24 Nov 2026 at 10:00, Olivia Owens\n<olivia@acme.example> wrote:\n\nunsubscribe me",
    "Sounds good\n\nAm Di., 24. Nov. 2026 um 10:00 Uhr schrieb Olivia <olivia@acme.example>:\n> abmelden",
    "Sounds good\n\nLe mar. 24 nov. 2026 à 10:00, Olivia <olivia@acme.example> a écrit :\n> me désinscrire",
    "Sounds good\n\nEl mar, 24 nov 2026 a las 10:00, Olivia (<olivia@acme.example>) escribió:\n> darme de baja",
    "Sounds good\n\n-----Original Message-----\nFrom: Olivia\nunsubscribe me",
    "Sounds good\n\n-----Ursprüngliche Nachricht-----\nVon: Olivia\nabmelden",
    "Sounds good\n\nFrom: Olivia <olivia@acme.example>\nSent: Tuesday, 24 November 2026 10:00\nTo: Ada\n\nunsubscribe me",
    "Sounds good\n\nVon: Olivia\nGesendet: Dienstag, 24. November 2026\nAn: Ada\n\nBitte abmelden",
    "Sounds good\n\n________________________________\nDe : Olivia\nEnvoyé : mardi\n\nme désinscrire",
    "> do you want to unsubscribe me?\nSounds good\nSent from my iPhone",
    "Sounds good\n\nVon meinem iPhone gesendet",
    "Sounds good\r\nEnvoyé de mon iPhone",
    "Sounds good\nEnviado desde mi iPhone",
    "Sounds good\n-- \nAda Lovelace\nUnsubscribe me from nothing",
)


@pytest.mark.parametrize(("text", "klass"), CASES)
def test_each_reply_is_taken_for_what_it_is(text: str, klass: ReplyClass) -> None:
    found = replies.read(text, TODAY)
    assert found.klass is klass, found
    assert 0 <= found.confidence <= 1
    if klass is not ReplyClass.UNCLEAR:
        assert found.confidence >= replies.SURE
        assert found.words, "it rests on words of theirs"


@pytest.mark.parametrize(("text", "day"), DELAYS)
def test_a_delay_proposes_its_day(text: str, day: date | None) -> None:
    found = replies.read(text, TODAY)
    assert (found.klass, found.day) == (ReplyClass.NOT_NOW, day), found


@pytest.mark.parametrize(("text", "whom"), REFERRALS)
def test_a_referral_names_whom(text: str, whom: str) -> None:
    found = replies.read(text, TODAY)
    assert (found.klass, found.whom) == (ReplyClass.REFERRAL, whom), found


@pytest.mark.parametrize(("text", "headers", "day"), AWAY)
def test_an_automatic_answer_names_the_day_of_return(
    text: str, headers: dict[str, str], day: date | None
) -> None:
    found = replies.read(text, TODAY, headers)
    assert (found.klass, found.day) == (ReplyClass.OUT_OF_OFFICE, day), found
    assert found.confidence >= automatic.SURE


@pytest.mark.parametrize(("text", "back"), NOTES)
def test_a_note_without_headers_is_known_by_its_words(text: str, back: tuple[int, ...] | None) -> None:
    found = replies.read(text, TODAY)
    day = date(*back) if back and len(back) == 3 else date(2026, *back) if back else None
    assert (found.klass, found.day) == (ReplyClass.OUT_OF_OFFICE, day), found


@pytest.mark.parametrize("text", NO_NOTES)
def test_who_speaks_of_an_absence_and_says_more_is_a_person(text: str) -> None:
    found = replies.read(text, TODAY)
    assert found.klass is not ReplyClass.OUT_OF_OFFICE, found


@pytest.mark.parametrize(("text", "hard"), BOUNCES)
def test_a_bounce_is_known_and_only_a_dead_address_is_hard(text: str, hard: bool) -> None:
    found = replies.read(text, TODAY)
    assert (found.klass, found.hard) == (ReplyClass.BOUNCE, hard), found


@pytest.mark.parametrize("text", QUOTED)
def test_only_their_own_words_count(text: str) -> None:
    assert quotes.own_words(text) == "Sounds good"
    assert replies.read(text, TODAY).klass is ReplyClass.INTERESTED


def test_an_answer_below_the_quotation_is_theirs() -> None:
    text = "On Tue, Olivia <o@acme.example> wrote:\n> Shall we talk?\n\nPlease unsubscribe me."
    assert replies.read(text, TODAY).klass is ReplyClass.OPT_OUT


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("next week", date(2026, 11, 30)), ("after next week", date(2026, 12, 7)), ("nächstes Quartal", date(2027, 1, 1)),
        ("le mois prochain", date(2026, 12, 1)), ("l'année prochaine", date(2027, 1, 1)), ("in Q2", date(2027, 4, 1)),
        ("el 31 de enero", date(2027, 1, 31)), ("in einem Monat", date(2026, 12, 24)), ("nach dem 15.", date(2026, 12, 16)),
        ("after January", date(2027, 2, 1)), ("Mitte Januar", date(2027, 1, 15)), ("15/01/2027", date(2027, 1, 15)),
        ("01/02/2027", None), ("30 February", None), ("20 November", None), ("I may march on", None),
        ("in 2031-01-01", None),
    ],
)  # fmt: skip
def test_a_day_is_read_against_the_day_of_writing(text: str, day: date | None) -> None:
    assert [one.day for one in later.days(text, TODAY)] == ([day] if day else [])


HOSTILE = st.text(
    alphabet=st.sampled_from(list("abe >-_:<@.\n\r\t0123456789/*'’\x00\x1b\u200f\u202e\ud800é✂")),
    max_size=400,
)


@given(HOSTILE | st.text(max_size=300))
@settings(max_examples=150)
def test_anything_is_read_without_an_error(text: str) -> None:
    found = replies.read(text, TODAY)
    assert 0 <= found.confidence <= 1
    assert found.day is None or found.day > TODAY


@given(
    st.sampled_from([text for text in OPT_OUT if text.strip()]),
    st.sampled_from(["\u200b", "\x07", "  ", "\u00a0"]),
)
@settings(max_examples=40)
def test_invisible_signs_hide_no_opt_out(text: str, sign: str) -> None:
    hidden = text.replace(" ", f" {sign}")
    assert replies.read(hidden.upper(), TODAY).klass is ReplyClass.OPT_OUT


@pytest.mark.parametrize(
    "piece",
    ["a", "a ", ">", "> ", "On ", "on a\n", "From: x\n", "-", "_", "<", "a@", "a@a.", "http://", "take me ", "1.", "1/",
     "in ", "the 1 ", "until ", "contact A ", "stop ", "no ", "\n", "é", "\u202e", "15 january ", "nehmen sie mich "],
)  # fmt: skip
def test_ten_times_the_text_is_no_hundred_times_the_work(piece: str) -> None:
    """Both are below the bound where text is cut off, so that only the shape of the work shows."""
    short, long = piece * (1_500 // len(piece)), piece * (15_000 // len(piece))

    def seconds(text: str) -> float:
        tries = []
        for _ in range(3):
            began = time.process_time()
            replies.read(text, TODAY)
            tries.append(time.process_time() - began)
        return min(tries)

    seconds(short)
    assert seconds(long) < 40 * seconds(short) + 0.2


def test_a_huge_text_is_cut_before_it_is_read() -> None:
    began = time.process_time()
    found = replies.read("stop emailing me. " + "x" * 50_000_000, TODAY)
    assert found.klass is ReplyClass.OPT_OUT
    assert time.process_time() - began < 3
