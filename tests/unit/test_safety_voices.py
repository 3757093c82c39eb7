"""Ways of saying one danger that stand on no list, and harmless words that sound like them."""

import pytest

from search_api.safety.assessment import built_in_safety
from search_api.safety.rules import Rules, built_in_rules


def sure_kinds(text):
    return {heard.kind for heard in built_in_rules().read(text).heard if heard.is_sure}


@pytest.mark.parametrize(
    "text",
    [
        "he has a revolver in his hand", "there is a blade against her throat",
        "my uncle is holding a machete to his neck", "the cord is looped and i am on the stool",
        "she barricaded herself with a knife", "dad left with his rifle and a note",
        "the noose is up and hes on the stool", "a hose runs to the exhaust and the car is on",
        "car is running in the closed garage and she wont answer", "my brother is sitting on the overpass rail",
        "she climbed onto the railing of the bridge", "a man is on the ledge across the street",
        "im on the overpass and cant go on now", "my cousin jumped from the third floor balcony",
        "hes standing on the railroad tracks", "she slashed her wrists in the bath",
        "my neighbor got stabbed in the leg help", "theres blood coming under the door",
        "she said shes going to drown the kids", "none of us can rouse grandpa",
        "i shook her and screamed her name and nothing", "her eyes are open but nobody is there",
        "froth around his mouth", "the aide is giving mouth to mouth", "my nephew is choking",
        "he forgets to breathe", "one breath every twenty seconds, breathing is weird",
        "grandma slid down the wall and is twitching, eyes half shut", "he downed the whole bottle of his lexapro",
        "my roommate took thirty trazodone an hour ago help", "she swallowed two weeks of her pills",
        "swallowed the tablets and changed my mind help", "my boyfriend od on dope", "our dog licked antifreeze",
        "my toddler drank something under the sink", "i shot up fentanyl and feel myself slipping",
        "chest payn since noon", "feels like a boulder on my chest",
        "her mouth is sliding to one side all of a sudden", "soaked through three pads since giving birth",
        "blood sugar is 31 and he is shaking", "his fever is 106 and he is stiff",
        "her face puffed up and she cant swallow", "a rattlesnake bit my leg",
        "watch says 190 and im about to pass out, heart pounding",
    ],
)  # fmt: skip
def test_english_emergencies_are_sure_signs(text):
    assert "emergency" in sure_kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "trae el revólver en la mano", "tiene la navaja contra el cuello", "se encerró con la escopeta",
        "mi cuñado se encerró con un cuchillo", "agarró la pistola y dejó una carta",
        "el lazo ya está amarrado y está subido en la silla",
        "el coche está prendido en la cochera cerrada y no contesta", "metió la manguera en el escape",
        "está sentada en la barandilla del puente", "hay un señor trepado en la azotea y se quiere lanzar",
        "mi hijo se aventó del balcón del tercer piso", "estoy parado en la orilla de la azotea",
        "le dio el patatús y no se levanta", "no hay manera de despertar a mi abuelo", "la sacudo y nada",
        "no se le siente el pulso a mi vecino", "está tiesa y echa espuma", "se quedó como trapo y no responde",
        "respira una vez cada quince segundos", "acabo de tragarme un puño de pastillas",
        "mi prima se tomó el pomo completo", "se zampó la caja entera de clona", "mi cuñado tomó herbicida",
        "mi perro bebió anticongelante", "me tomé las medicinas todas juntas y me voy",
        "faltan cinco pastillas y la niña está dormida", "el bebé tenía la moneda en la boca",
        "se le viró la boca a mi tía", "se le ladeó la cara y habla raro", "tiene el azúcar en 31 y está sudando",
        "presión en 230 y le explota la cabeza", "se está agarrando el pecho", "siento un elefante en el pecho",
        "le brinca la sangre del brazo", "lo acuchillaron afuera de la casa", "tiene 41 de fiebre y está tieso",
        "se hinchó toda después de la inyección", "tiene los labios violetas", "le mordió una culebra a mi papá",
        "se electrocutó mi primo", "le metieron un balazo en la pierna",
    ],
)  # fmt: skip
def test_spanish_emergencies_are_sure_signs(text):
    assert "emergency" in sure_kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "on the edge of my seat waiting for approval", "stuck in traffic on the bridge now",
        "im on the roof fixing shingles", "hot glue gun in hand", "my cat is on the ledge again",
        "the recliner eats my phone, it slid off the chair", "no response to my email",
        "my depression is not responding to zoloft", "is it a shot in the leg", "the swelling in my knee is chronic",
        "my boss stabbed me in the back", "took two weeks of paid leave",
        "it took me three weeks to get an appointment", "i took all my vacation days",
        "locked out of the portal again", "my period is late", "the mouth guard hangs in the bathroom",
        "what if nobody wakes me after the session", "how do i tell if it works",
        "the treadmill was running in the garage", "my aunt is choking up over the good news",
        "i shook his hand and thanked him", "the bridge loan fell through", "the sermon was about a burning building",
        "my son jumped from fourth to sixth grade", "effects fading after two weeks, took the booster",
        "la novela termina con una pistola en la mano", "me quedé sin la pistola de silicón",
        "no sirvo para las matemáticas", "no me contestan el correo", "tomo el camión en el puente",
        "hay fila en el puente hoy", "se le cayó un diente a mi niña", "me hincho de comer en navidad",
        "me cayó bien la doctora", "el portero se tiró al piso y no cobraron nada",
        "guardo el arroz en un frasco entero", "se me ahogó el arroz", "amanezco tieso del cuello",
        "me mordió la curiosidad", "la presión del trabajo me tiene cansado",
        "mi abuela hizo veinte tamales y se los comió todos", "me dispararon la renta", "echo de menos a mi país",
    ],
)  # fmt: skip
def test_harmless_words_are_no_sure_sign_of_an_emergency(text):
    assert "emergency" not in sure_kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "he has a gun in his hand, can i cancel the 3 pm", "she is on the ledge and i have no insurance",
        "tiene la pistola en la boca y no sé su dirección", "se tomó el pomo completo y no tengo seguro",
    ],
)  # fmt: skip
def test_an_errand_beside_an_act_that_has_begun_changes_nothing(text):
    found = built_in_safety().assess(text)
    assert "emergency" in {finding.kind for finding in found.findings if finding.level == "full"}


@pytest.mark.parametrize(
    "text",
    [
        "does hanging hurt", "is drowning quick", "nothing is holding me here", "i have lived long enough",
        "what is the point of getting up anymore", "which pills would make me never wake", "peaceful end please",
        "i'm supposed to be dead", "ahogarse duele, me pregunto si duele morir",
        "guardé una soga en el ropero, soga escondida", "ojalá mañana no amanecer nunca",
        "hicimos un pacto para irnos juntos", "qué se siente morirse", "qué pasa si me tomo todo el frasco",
    ],
)  # fmt: skip
def test_a_crisis_that_is_asked_about_is_a_sure_sign(text):
    assert "crisis" in sure_kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "that would be political suicide", "mom will kill me for that phone bill",
        "i am done with this insurance company", "tired of trying different pills",
        "i want to vanish to an island for two weeks", "scared to death of needles", "me muero si pierden la final",
        "estoy muerta de miedo por la aguja", "está el metro cerca de la clínica",
        "tomo vitaminas junto con la ketamina", "mis amigas ya no me pelan", "el equipo se suicidó con ese cambio",
    ],
)  # fmt: skip
def test_figures_of_speech_are_no_sure_sign_of_a_crisis(text):
    assert "crisis" not in sure_kinds(text)


@pytest.mark.parametrize(
    "text",
    ["he cut his arm again last night", "method to die", "i burn my thighs", "end my misery", "i want a way out"],
)
def test_every_class_of_a_pattern_has_words(text):
    assert "crisis" in sure_kinds(text)


def test_a_pattern_cannot_ask_for_a_class_that_no_file_has(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(
        'idiom = []\ndoubt = []\n[classes]\nWHO = "he"\n[[rule]]\nid = "x"\nkind = "crisis"\npatterns = ["WHO WHOM"]\n'
    )
    with pytest.raises(ValueError, match="WHOM"):
        Rules([path])
