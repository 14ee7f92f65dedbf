"""Sentences for the synthetic voices, written for this project: phrases filled from word lists by a seed.

They are rich in lip sounds (P, B, M, F, V, W, OO), by which viewers judge a talking face. `sayings` adds sentences of
people: quotations from the fortune files of Debian, if they are installed.
"""
import pathlib
import re

import numpy as np

NAMES = ('Emma', 'Peter', 'Bob', 'Maya', 'Paul', 'Vivian', 'Fred', 'Joan', 'Philip', 'Moby', 'Amber', 'Wanda', 'George', 'Sue',
         'Ruby', 'Oliver', 'Naomi', 'Hugo', 'Beth', 'Tom', 'Claire', 'Dave', 'Yuki', 'Zoe', 'my brother', 'the teacher',
         'our neighbour', 'the pilot', 'a painter', 'the whole family', 'everybody', 'the woman in blue', 'my father')
PLACES = ('at the market', 'by the river', 'in Paris', 'on the bus', 'above the shop', 'near the old bridge', 'in the kitchen',
          'at home', 'behind the museum', 'in a small village', 'over the mountains', 'on the moon', 'at the airport',
          'in front of the theatre', 'under the apple tree', 'along the beach', 'upstairs', 'in the waiting room')
THINGS = ('a blue umbrella', 'five purple balloons', 'the morning paper', 'a bowl of soup', 'an old camera', 'two maps', 'the piano',
          'a cup of coffee', 'some warm bread', 'a pair of shoes', 'the boat', 'a beautiful picture', 'the number seven', 'my phone',
          'a very heavy box', 'a bottle of milk', 'the wooden spoon', 'fresh fish', 'a long letter', 'the green jumper', 'his wallet',
          'a good book', 'the garden gate', 'a jar of honey', 'nothing at all', 'the window', 'a bunch of flowers')
DID = ('bought', 'forgot', 'opened', 'put away', 'wrapped up', 'moved', 'painted', 'lost', 'found', 'showed me', 'brought back', 'mended',
       'carried', 'sold', 'borrowed', 'asked for', 'dreamed of', 'dropped', 'looked at', 'chose', 'photographed', 'gave away')
ADJECTIVES = ('lovely', 'awful', 'simple', 'wonderful', 'expensive', 'warm', 'impossible', 'funny', 'brave', 'smooth', 'bumpy', 'quiet',
              'loud', 'huge', 'tiny', 'comfortable', 'wet', 'famous', 'peaceful', 'unusual', 'red', 'cool', 'quick', 'thick', 'valuable')
TIMES = ('yesterday', 'on Monday', 'before breakfast', 'at half past five', 'this afternoon', 'all summer', 'in November', 'tonight', 'last week',
         'in a moment', 'every evening', 'twenty minutes ago', 'the day after tomorrow', 'in the middle of the night')
TOPICS = ('the weather', 'music', 'football', 'the future', 'your voice', 'science', 'the price of bread', 'old movies', 'cooking', 'the news',
          'public transport', 'photography', 'the ocean', 'family life', 'space travel', 'poetry', 'mathematics', 'the human face')
PATTERNS = (
    '{name} {did} {thing} {place}.', '{time}, {name} {did} {thing}.', 'Have you ever talked to {name} about {topic}?',
    'I believe {topic} is more {adj} than people think.', 'What a {adj} day to be {place}!', 'Please put {thing} {place} before {time2}.',
    'We were {place} when {name} {did} {thing}.', 'No, no, that is {adj}, but not {adj2}.', 'Maybe {name} will move {thing} {time}.',
    'If you ask me, {topic} should be {adj}.', '{name} and {name2} never agree about {topic}.', 'How about {thing} for {name}?',
    'My problem is simple: I love {topic}, but I have no time {time2}.', 'Let me know what you think of {thing}.', 'Oh, {name} {did} {thing} again!',
    'Both of them live {place}, above a {adj} bakery.', 'You would be amazed how {adj} {topic} can be.', 'Who {did} {thing} {time}?',
    'Good morning, {name}, welcome to the show.', 'First we move {place}, then we push the {adj} button.', 'That is why {name} {did} {thing}.',
    'Somebody ought to mop the floor {place}.', 'The bubble popped, and {name} laughed.', 'Wow, {thing} looks {adj} {time2}.',
    'I hope {name} brings {thing}, because {topic} makes me hungry.', 'Boom! And the whole room was {adj}.', 'Um, I am afraid {name} {did} {thing}.',
    'Open your mouth, {name}, and say ah.', 'We have room for five, maybe six, but not for {name}.', 'Thank you, {name}, it was {adj}.',
    'Who knew that {topic} would become so {adj}?', 'Choose the {adj} one, not the {adj2} one.', 'Peter Piper would prefer {thing}.',
)
COUNTING = ('one two three four five six seven eight nine ten', 'eleven, twelve, thirteen, fourteen, fifteen', 'A B C D E F G', 'H I J K L M N O P',
            'Q R S T, U V W, X Y Z', 'January, February, March, April', 'Monday, Tuesday, Wednesday, Thursday, Friday', 'testing, testing, one two, one two',
            'hello, hello, can you hear me', 'yes, no, maybe, of course', 'mama, papa, baby, bubble', 'oh, ooh, ah, eh, ee')

# Other languages: a few plain sentences each, written for this project.
LANGUAGES = {
    'de': ('Guten Morgen, wie geht es Ihnen heute?', 'Bitte bringen Sie mir fünf Becher Milch und ein Brot.', 'Meine Mutter wohnt am blauen Fluss.',
           'Wir haben über Musik und Bücher gesprochen.', 'Das Bild im Wohnzimmer gefällt mir besonders gut.', 'Kommst du morgen Abend mit ins Museum?'),
    'fr': ('Bonjour, je voudrais un bon café, merci beaucoup.', 'Ma voisine préfère parler de musique.', 'Nous avons vu deux beaux bateaux bleus.',
           'Peux-tu ouvrir la porte avant midi ?', 'Le vieux monsieur marche au bord de la mer.', 'Il fait un temps superbe aujourd\'hui.'),
    'es': ('Buenos días, me gusta mucho hablar contigo.', 'Mi abuela prepara una sopa muy buena.', 'Vimos un barco blanco cerca del puente.',
           '¿Puedes abrir la ventana, por favor?', 'Mañana vamos a Madrid con la familia.', 'Un poco de pan, cinco manzanas y vino.'),
    'it': ('Buongiorno, vorrei un bicchiere di vino bianco.', 'Mia mamma abita sopra un piccolo bar.', 'Parliamo di musica e di pittura.',
           'Domani partiamo per una bella gita.', 'Che bel tempo abbiamo oggi pomeriggio!', 'Puoi aprire la finestra, per favore?'),
    'pt': ('Bom dia, como vai a sua família?', 'Minha mãe comprou um peixe muito bom.', 'Vamos falar sobre música e futebol.', 'O barco azul passou por baixo da ponte.'),
    'nl': ('Goedemorgen, mag ik een kopje koffie?', 'Mijn broer woont boven een bakker.', 'We praten over boeken en muziek.', 'Breng mij de blauwe paraplu, alsjeblieft.'),
    'pl': ('Dzień dobry, bardzo proszę o kawę.', 'Moja mama mieszka pod lasem.', 'Mówimy o muzyce i o filmie.', 'Piękny obraz wisi w pokoju babci.'),
    'sv': ('God morgon, hur mår du i dag?', 'Min mamma bor vid en blå sjö.', 'Vi pratar om musik och böcker.', 'Får jag be om en kopp kaffe?'),
    'ru': ('Доброе утро, как ваши дела?', 'Моя мама живёт у большой реки.', 'Мы говорим о музыке и погоде.', 'Пожалуйста, принесите мне воды.'),
    'tr': ('Günaydın, bugün nasılsınız?', 'Annem büyük bir evde oturuyor.', 'Müzik ve film hakkında konuşuyoruz.', 'Bana bir bardak su verir misin?'),
    'cs': ('Dobré ráno, jak se máte?', 'Moje maminka bydlí u řeky.', 'Mluvíme o hudbě a o počasí.', 'Přineste mi prosím bílou kávu.'),
    'fi': ('Hyvää huomenta, mitä kuuluu?', 'Äitini asuu pienessä kylässä.', 'Puhumme musiikista ja kirjoista.', 'Haluaisin kupin kahvia, kiitos.'),
    'hi': ('नमस्ते, आप कैसे हैं?', 'मेरी माँ बाज़ार में फल खरीदती है।', 'हम संगीत के बारे में बात करते हैं।', 'कृपया मुझे पानी दीजिए।'),
    'ja': ('おはようございます、おげんきですか。', 'ははは ちいさな むらに すんでいます。', 'おんがくの はなしを しましょう。', 'みずを いっぱい ください。'),
    'cmn': ('你好，今天天气很好。', '我妈妈住在北京。', '我们谈谈音乐和电影吧。', '请给我一杯水。'),
    'sw': ('Habari za asubuhi, mama yangu.', 'Ninapenda muziki na vitabu.', 'Tafadhali niletee maji baridi.', 'Watoto wanapiga mpira uwanjani.'),
    'id': ('Selamat pagi, apa kabar hari ini?', 'Ibu saya membeli pisang di pasar.', 'Kami berbicara tentang musik.', 'Tolong beri saya segelas air.'),
}


def english(rng):
    """One utterance of one to three sentences."""
    if rng.random() < 0.06:
        return str(rng.choice(COUNTING)) + '.'
    pick = lambda words: str(words[int(rng.integers(len(words)))])
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        text = pick(PATTERNS).format(
            name=pick(NAMES), name2=pick(NAMES), place=pick(PLACES), thing=pick(THINGS), did=pick(DID), adj=pick(ADJECTIVES),
            adj2=pick(ADJECTIVES), time=pick(TIMES), time2=pick(TIMES), topic=pick(TOPICS))
        parts.append(text[0].upper() + text[1:])
    return ' '.join(parts)


def foreign(language, rng):
    lines = LANGUAGES[language]
    order = rng.permutation(len(lines))[:int(rng.integers(1, 4))]
    return ' '.join(lines[i] for i in order)


# Fortune files by language (Debian packages fortunes, fortunes-es, fortunes-it, fortunes-br).
FORTUNES = pathlib.Path('/usr/share/games/fortunes')
SAYINGS = {'en': ('wisdom', 'people', 'literature', 'work', 'science', 'platitudes', 'kids', 'food', 'humorists', 'education', 'pets', 'sports',
                  'fortunes', 'love', 'cookie', 'songs-poems'), 'es': ('es/*',), 'it': ('it/*',), 'pt': ('brasil',)}


def sayings(language):
    """The short plain quotations of a language, sorted; empty if the package is not installed."""
    found = set()
    for pattern in SAYINGS.get(language, ()):
        for path in sorted(FORTUNES.glob(pattern)):
            if path.suffix not in ('', '.fortunes') or not path.is_file():
                continue
            for text in path.read_text('utf8', errors='ignore').split('\n%\n'):
                text = ' '.join(text.split('--')[0].split())
                if re.fullmatch(r"[\w ,.;:!?'-]{30,170}", text) and not re.search(r'\d|_', text):
                    found.add(text)
    return sorted(found)


if __name__ == '__main__':
    generator = np.random.default_rng(1)
    for _ in range(10):
        print(english(generator))
