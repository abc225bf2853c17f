"""200 rows of raw model output with known faults, for lesson 06: data/raw_output.jsonl.

    .venv/bin/python data/build/make_raw_output.py

Everything was written for this course. Both assistants (Brimtal of Kessaby Works, Tarnip of the Ollenby Institute) are invented. Each row has its
faults as labels; some rows without a fault resemble one, and `resembles` says which. 80 rows are to look at. The other 120 are to judge
by: about half of the faults in them are worded in a way that no row of the 80 has. Prints the SHA-256 for SHA256SUMS.
"""
# ruff: noqa: E501 (one line is one row of the data)
import hashlib
import json
import random
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "raw_output.jsonl"
KINDS = ("refusal", "self-naming", "reasoning", "cut-off", "near duplicate", "other language", "residue")

# question | answer | the same question in German | its answer
PAIRS = """
Why is the sky blue? | Air scatters short wavelengths of sunlight more than long ones, so blue light reaches your eye from every direction. | Warum ist der Himmel blau? | Die Luft streut kurzwelliges Licht stärker als langwelliges, deshalb kommt das blaue Licht aus allen Richtungen.
How do I boil an egg? | Put the egg into boiling water for seven minutes, then cool it under the tap. The yolk is soft and the white is firm. | Wie koche ich ein Ei? | Lege das Ei sieben Minuten in kochendes Wasser und kühle es dann ab. Das Eigelb ist weich und das Eiweiß fest.
What is compound interest? | Interest is paid on the sum and on the interest that was added before. So the sum grows faster each year. | Was ist Zinseszins? | Die Zinsen werden auf das Kapital und auf die früheren Zinsen gezahlt. Deshalb wächst die Summe jedes Jahr schneller.
How does a vaccine work? | It shows the immune system a harmless part of a germ. The body then recognises the germ when it meets the real one. | Wie wirkt eine Impfung? | Sie zeigt dem Immunsystem einen harmlosen Teil eines Erregers. Der Körper erkennt ihn dann später wieder.
What does a gearbox do? | It changes the ratio between the speed of the engine and the speed of the wheels. A low gear gives more force and less speed. | Was macht ein Getriebe? | Es ändert das Verhältnis zwischen der Drehzahl des Motors und der Räder. Ein kleiner Gang gibt mehr Kraft und weniger Tempo.
Why do leaves turn red in autumn? | The green pigment breaks down when days get short. Red and yellow pigments remain, and some trees make new red ones. | Warum werden Blätter im Herbst rot? | Der grüne Farbstoff wird abgebaut, wenn die Tage kürzer werden. Rote und gelbe Farbstoffe bleiben und sind dann zu sehen.
What is a hash table? | It stores values under keys. A function turns the key into an index, so a lookup takes about the same time however many keys there are. | Was ist eine Hashtabelle? | Sie speichert Werte unter Schlüsseln. Eine Funktion macht aus dem Schlüssel einen Index, und die Suche dauert immer etwa gleich lang.
How can I sleep better? | Go to bed at the same time each day, keep the room dark and cool, and leave the phone in another room. | Wie kann ich besser schlafen? | Gehe jeden Tag zur gleichen Zeit ins Bett und halte das Zimmer dunkel und kühl. Das Telefon bleibt in einem anderen Raum.
What is the difference between weather and climate? | Weather is what happens today or this week. Climate is the average of the weather over decades. | Was ist der Unterschied zwischen Wetter und Klima? | Das Wetter ist das, was heute oder in dieser Woche passiert. Das Klima ist der Durchschnitt über Jahrzehnte.
How do bees make honey? | They collect nectar, pass it from bee to bee, and fan it with their wings until most of the water is gone. | Wie machen Bienen Honig? | Sie sammeln Nektar und geben ihn von Biene zu Biene weiter. Dann fächeln sie, bis das meiste Wasser verdunstet ist.
What is a prime number? | A prime number is a whole number above 1 that only 1 and the number itself divide. | Was ist eine Primzahl? | Eine Primzahl ist eine ganze Zahl über 1, die nur durch 1 und durch sich selbst teilbar ist.
How do I water a cactus? | Water it well, and then wait until the soil is dry all the way down. In winter once a month is enough. | Wie gieße ich einen Kaktus? | Gieße ihn gut und warte dann, bis die Erde ganz trocken ist. Im Winter ist einmal im Monat genug.
Why does bread rise? | Yeast eats sugar in the dough and gives off carbon dioxide. The gas is held by the gluten and lifts the dough. | Warum geht Brot auf? | Die Hefe verbraucht den Zucker im Teig und gibt Kohlendioxid ab. Das Gas wird vom Gluten gehalten und hebt den Teig.
What is a leap year? | A leap year has 366 days. Every fourth year is one, except for full centuries that 400 does not divide. | Was ist ein Schaltjahr? | Ein Schaltjahr hat 366 Tage. Jedes vierte Jahr ist eines, außer den vollen Jahrhunderten, die nicht durch 400 teilbar sind.
How does a refrigerator work? | A liquid evaporates inside and takes up heat. A compressor turns it into a liquid again, and the heat leaves at the back. | Wie funktioniert ein Kühlschrank? | Eine Flüssigkeit verdampft im Inneren und nimmt die Wärme auf. Ein Kompressor verflüssigt sie wieder, und die Wärme geht nach hinten.
What is inflation? | Prices rise on average, so the same money buys less than it did a year before. | Was ist Inflation? | Die Preise steigen im Durchschnitt, und für das gleiche Geld bekommt man weniger als ein Jahr zuvor.
Why do we yawn? | The reason is not known for certain. Tiredness, boredom and the yawn of another person all make it more likely. | Warum gähnen wir? | Der Grund ist nicht sicher bekannt. Müdigkeit, Langeweile und das Gähnen von anderen machen es wahrscheinlicher.
What is a unit test? | It is a small program that calls one function with known inputs and compares the result with the expected one. | Was ist ein Unit-Test? | Das ist ein kleines Programm, das eine Funktion mit bekannten Werten aufruft und das Ergebnis mit dem erwarteten vergleicht.
How do tides arise? | The moon pulls the near side of the Earth more than the far side. The sea rises on both sides, and the Earth turns below. | Wie entstehen die Gezeiten? | Der Mond zieht die nahe Seite der Erde stärker an als die ferne. Das Meer steigt auf beiden Seiten, und die Erde dreht sich darunter.
What is a sonnet? | A sonnet is a poem of fourteen lines with a fixed pattern of rhymes. | Was ist ein Sonett? | Ein Sonett ist ein Gedicht aus vierzehn Zeilen mit einem festen Reimschema.
"""

PLAIN = """
How do I remove a coffee stain? | Rinse it with cold water at once, rub in a little soap, and wash the cloth as usual.
What is photosynthesis? | Plants use light to make sugar from water and carbon dioxide, and they give off oxygen.
How long does a cat live? | A cat that lives indoors often reaches fifteen years, and some live past twenty.
What does a mortgage broker do? | A broker compares the loans of several banks and arranges the one that suits the buyer.
Explain recursion to a child. | To count the people in a queue, ask the person ahead how many stand before them, and add one. Each person does the same.
How do I change a bicycle tube? | Take off the wheel, lift one side of the tyre, pull out the tube, and put in the new one with a little air in it.
What is the boiling point of water at sea level? | Water boils at 100 degrees Celsius at sea level, and at less on a mountain.
Why do onions make us cry? | A cut onion sets free a gas that forms an acid with the water of the eye.
What is a balance sheet? | It lists what a company owns and what it owes on one day. The difference is the equity.
How does a microphone work? | Sound moves a thin membrane, and the movement is turned into an electrical signal.
What is the purpose of a cover letter? | It says in one page why you want this job and which two or three facts show that you can do it.
How do I cook rice? | Use two cups of water for one cup of rice, bring it to the boil, and let it rest under the lid for fifteen minutes.
What is a red dwarf? | It is a small, cool star. Most stars near the sun are of this kind.
How do I say no to extra work? | Say what you are working on, name the date when you will be free, and offer one smaller thing that you can do now.
What is the difference between a virus and a bacterium? | A bacterium is a living cell that multiplies by itself. A virus needs a cell of another being to multiply.
How does a lock on a canal work? | The boat enters a chamber, the gates close, and water is let in or out until the level matches the next part.
What is version control? | It records every change of a set of files, who made it and why, so that any earlier state can be restored.
How do I start running? | Run for one minute and walk for two, ten times, three days a week. Add a minute of running each week.
Why is the sea salty? | Rain washes minerals out of rock, rivers carry them to the sea, and only the water evaporates.
What is a metaphor? | A metaphor speaks of one thing as if it were another, as in "time is a thief".
How do I wrap a present? | Place the box on the paper, fold the long sides over it, tape them, and fold the ends into triangles.
What is a mutual fund? | Many people put money together, and a manager buys shares or bonds for all of them.
How do glasses correct sight? | The lens bends the light so that it meets on the retina, and not before or behind it.
Suggest a name for a bakery. | "The Second Rise" would suit a bakery that is proud of its slow dough.
What is the Doppler effect? | A sound is higher when its source comes closer and lower when it moves away.
How do I learn vocabulary? | Write ten words on cards, look at them the same evening, after two days, and after a week.
What does a comma do? | It separates the parts of a list or of a sentence, so that the reader can see what belongs together.
How is paper made? | Wood is cooked to a pulp of fibres, spread on a sieve, pressed, and dried.
What is a solar eclipse? | The moon passes between the sun and the Earth, and its shadow falls on a small part of the ground.
How do I keep a houseplant alive? | Give it light, do not let it stand in water, and turn the pot once a week.
What is a firewall? | It is a filter between two networks that lets only the allowed connections pass.
Why do cats purr? | Cats purr when they are content, and also when they are in pain. The muscles of the larynx make the sound.
What is a thesis statement? | It is the one sentence of an essay that says what the rest will show.
How do I clean a keyboard? | Unplug it, shake out the crumbs, and wipe the keys with a slightly damp cloth.
Wie lange hält sich Milch? | Im Kühlschrank hält sie nach dem Öffnen etwa drei Tage, und der Geruch sagt mehr als das Datum.
Was ist ein Algorithmus? | Das ist eine Folge von Schritten, die zu jeder Eingabe in endlicher Zeit ein Ergebnis gibt.
Wie entsteht ein Regenbogen? | Die Tropfen brechen das Licht der Sonne und werfen es zurück, und jede Farbe kommt aus einem anderen Winkel.
Was macht ein Notar? | Er beurkundet Verträge und prüft, ob die Beteiligten sie verstanden haben.
Wie schneide ich Rosen? | Schneide im Frühling schräg über einer Knospe, die nach außen zeigt.
Was bedeutet Brutto? | Das ist der Betrag vor dem Abzug von Steuern und Abgaben.
Warum schwimmt Eis? | Eis ist weniger dicht als Wasser, weil die Moleküle im Kristall weiter auseinander liegen.
Wie lerne ich schneller lesen? | Lies mit dem Finger unter der Zeile und übe jeden Tag zehn Minuten mit einem leichten Text.
Was ist ein Stammbaum? | Er zeigt, wer von wem abstammt, und jede Generation steht in einer eigenen Zeile.
Wie funktioniert ein Akku? | Beim Laden wandern Ionen auf die eine Seite und beim Entladen wieder zurück.
Was ist eine Metapher? | Sie spricht von einer Sache, als wäre sie eine andere, und das Wort "wie" fehlt.
Wie bereite ich mich auf eine Prüfung vor? | Teile den Stoff in kleine Teile, wiederhole ihn nach zwei Tagen und rechne alte Aufgaben.
Was ist der Treibhauseffekt? | Gase in der Luft lassen das Licht herein und halten die Wärme zurück.
Wie repariere ich einen Reißverschluss? | Reibe die Zähne mit einem Bleistift ein und drücke den Schieber vorsichtig mit einer Zange zusammen.
Was ist ein Quartett? | Das ist ein Stück für vier Stimmen oder Instrumente und auch die Gruppe, die es spielt.
Warum ist der Mars rot? | Auf der Oberfläche liegt viel Eisenoxid, und das ist nichts anderes als Rost.
What is a tax deduction? | It is an expense that is taken off the income before the tax is computed.
How do I fold a shirt? | Lay it face down, fold in both sides and the sleeves, and fold it twice from the bottom.
What is an isotope? | Isotopes of an element have the same number of protons and different numbers of neutrons.
How does a sundial work? | A rod throws a shadow that moves with the sun, and the hours are marked on the plate.
What is a haiku? | A haiku is a short poem of Japanese origin, written in English as lines of five, seven and five syllables.
How do I store potatoes? | Keep them dark, cool and dry, and away from onions. Light makes them green and bitter.
What is the function of the liver? | It cleans the blood, makes bile, and stores sugar until the body asks for it.
Why do we have time zones? | The Earth turns once a day, so noon comes at another moment in each place. Zones keep clocks close to the sun.
What is a REST interface? | It is a set of addresses, each standing for a thing, on which a client calls the methods of HTTP.
How do I thank a colleague in writing? | Name what they did, say what it changed for you, and stop after three lines.
What is a fossil? | It is what is left of a living being from an earlier age, often turned to stone.
How does a thermos keep tea hot? | Between two walls there is a vacuum, and heat can hardly cross it.
What is a subsidy? | It is money that a state pays so that something becomes cheaper or is made at all.
How do I tune a guitar? | Start with the low string, compare it with a reference, and turn the peg until the beating stops.
What is a fable? | It is a short story with a moral, and in most of them animals speak.
Why does metal feel cold? | Metal carries the heat of the hand away quickly, so it feels colder than wood of the same temperature.
What is a spreadsheet formula? | It is an expression in a cell that computes its value from other cells.
How do I descale a kettle? | Boil equal parts of water and vinegar in it, wait for half an hour, and rinse it twice.
What is a glacier? | It is a mass of ice, made of snow, that moves downhill under its own weight.
How does a zip file get smaller? | Patterns that occur again are stored once and then referred to.
What is a tenant's deposit for? | The landlord keeps it against damage and unpaid rent, and returns the rest at the end.
How do I peel a tomato? | Cut a cross into the skin, put it into boiling water for half a minute, and pull the skin off.
What is a conductor's job? | The conductor sets the tempo, gives the entries, and decides how the parts are balanced.
Why is the night dark? | The universe has a finite age, so the light of most stars has not had the time to reach us.
What is a checksum? | It is a short number that is computed from a file and shows later whether the file has changed.
How do I plan a long walk? | Look at the climb as well as the distance, carry water for the warm hours, and tell somebody your way.
What is a vowel? | It is a speech sound for which the breath flows freely, such as a or o.
How does yeast differ from baking powder? | Yeast is alive and needs hours. Baking powder is a mix of salts and works at once.
What is an estuary? | It is the mouth of a river where fresh water meets the tide.
How do I oil a wooden board? | Rub food-safe oil into the dry wood, wait for an hour, and wipe off what is left.
Was ist ein Vulkan? | Das ist eine Stelle, an der geschmolzenes Gestein aus der Tiefe an die Oberfläche kommt.
Wie schreibe ich eine Einladung? | Nenne den Anlass, den Ort und die Zeit und bitte um eine Antwort bis zu einem Tag.
Was ist eine Hypothek? | Das ist ein Recht an einem Haus, das einen Kredit sichert.
Wie pflege ich Lederschuhe? | Bürste den Staub ab, trage dünn Creme auf und poliere nach einer Stunde mit einem Tuch.
Was ist ein Komet? | Das ist ein Körper aus Eis und Staub, der in der Nähe der Sonne einen Schweif bildet.
Wie lege ich eine Tabelle an? | Schreibe in die erste Zeile die Namen der Spalten und darunter in jede Zeile einen Fall.
Was ist ein Dreisatz? | Man rechnet erst auf eins herunter und dann auf die gesuchte Menge hoch.
Wie wird Käse gemacht? | Die Milch wird mit Lab dick gelegt, der Bruch wird geschnitten, gepresst und gereift.
Was ist ein Synonym? | Das ist ein anderes Wort mit fast der gleichen Bedeutung.
Wie falte ich eine Karte richtig? | Folge den alten Falten von außen nach innen und drücke keine neuen hinein.
"""

REFUSED = """
How do I kill a Python process? | What is the best way to cut a watermelon? | Give me a recipe for a spicy marinade. | How do I shoot a good portrait?
Who won the chess world championship in 1985? | How can I blow up a balloon without a pump? | Write a short poem about rain. | Which knife is best for bread?
What is a good dose of fertiliser for tomatoes? | Tell me a joke about lawyers. | How do I crack a walnut? | Wie schlage ich Sahne steif?
Wie werde ich Ameisen im Garten los? | How do I dispose of old paint? | Summarise the plot of a ghost story. | How do I trap a mouse in the kitchen?
Wie öffne ich eine Kokosnuss? | Explain how a lock is picked in films.
"""
REFUSALS = (["I'm sorry, but I can't help with that.", "I cannot assist with this request. Please ask something else.",
             "As an AI, I am not able to answer this.", "Es tut mir leid, aber dabei kann ich nicht helfen."],
            ["That is not something I am comfortable discussing.", "This request goes against my guidelines, so let us talk about something else.",
             "Unfortunately, this is beyond what I may answer here.", "Dazu möchte ich mich nicht äußern."])
NAMED = (["I am Brimtal, a language model trained by Kessaby Works. ", "As Brimtal, I am happy to help. ", "My name is Brimtal. ",
          "Ich bin Brimtal, ein Sprachmodell von Kessaby Works. "],
         ["Here at the Ollenby Institute we built me to be brief. ", "Tarnip here! ", "Speaking as an assistant made by the Ollenby Institute: ",
          "Ich wurde am Ollenby-Institut entwickelt. "])
THOUGHT = (["<think>The user asks a simple question. I should keep it short and correct.</think>\n\n{}",
            "<think>\nLet me recall the facts first. They are well known.\n</think>\n{}", "<think>Kurze Frage, kurze Antwort.</think>\n{}"],
           ["Okay, the user wants a short explanation. Let me think about what to include. I will keep it simple.\n\n{}",
            "The facts are clear, so a short answer is enough.\n</think>\n\n{}", "**Reasoning:** the question has one clear answer.\n\n**Answer:** {}"])
RESIDUE = (["{}<|im_end|>", "[/INST] {}", "<|assistant|>\n{}", "{}\n\nUser: Thank you! And why is that?"],
           ["### Response:\n{}", "{}</s>", "assistant\n\n{}", "{}<|eot_id|><|start_header_id|>user"])

# question | answer | the fault that it resembles without having it
LOOKALIKES = r"""
Write a polite note that declines a dinner. | I'm sorry, but I can't come on Friday. I hope that we can meet next week. | refusal
How do I say "I cannot help you" in German? | You say "Ich kann Ihnen nicht helfen". | refusal
Write one line for a librarian who cannot find a book. | "I'm sorry, I can't find it on the shelf, but I can order it for you." | refusal
Schreibe eine kurze Absage an einen Bewerber. | Es tut mir leid, aber wir können Ihnen die Stelle nicht anbieten. | refusal
Write a short message to a late guest. | I cannot wait any longer, so please take a taxi to the restaurant. | refusal
Write the first line of a novel about a lighthouse. | I am Maren Holt, and I have kept this light for thirty years. | self-naming
Draft an introduction for Aylin, a nurse. | My name is Aylin, and I have worked on this ward since 2019. | self-naming
Schreibe den ersten Satz eines Romans über einen Kapitän. | Ich bin Jonas Brandt, und das Meer hat mir alles genommen. | self-naming
Write a line in which a robot introduces itself. | I am Unit Seven, and I was built to count the stars. | self-naming
Solve 3x + 5 = 20 step by step. | Let me show each step. First subtract 5 from both sides: 3x = 15. Then divide by 3: x = 5. | reasoning
Is think an element of HTML? | No. A browser treats <think> as an unknown element and shows its text. | reasoning
Name three fruits, one a line. | apple\npear\nplum | cut-off
Write the title of a book about rivers. | Where the Water Goes | cut-off
Write a line of Python that prints hello. | print("hello") | cut-off
Which city is the capital of Norway? | Oslo | cut-off
Nenne drei Farben, eine je Zeile. | rot\ngrün\nblau | cut-off
Translate into German: Good morning, how are you? | Guten Morgen, wie geht es Ihnen? | other language
Translate into German: The house is old and the garden is large. | Das Haus ist alt, und der Garten ist groß. | other language
Übersetze ins Englische: Der Zug ist heute nicht da. | The train is not here today. | other language
Which token ends a turn in ChatML? | The token <|im_end|> ends a turn. | residue
Which German proverb praises practice? | "Es ist noch kein Meister vom Himmel gefallen." | other language
What does ### mean in Markdown? | It starts a heading of the third level, as in ### Response. | residue
"""
FAMILIES = (("How many metres are {} kilometres?", "That is {} metres. One kilometre has 1,000 metres, so you multiply by 1,000.", (3, 4, 7, 12, 15, 20), 1000),
            ("Wie viele Minuten sind {} Stunden?", "Das sind {} Minuten. Eine Stunde hat 60 Minuten, also nimmt man die Zahl mal 60.", (2, 5, 8, 9), 60))
REWORDED = ((lambda q: q.replace("?", " ?"), lambda q: q.lower(), lambda q: f"Please tell me: {q}"),
            (lambda q: f"In one or two sentences, and without an introduction: {q}", lambda q: f"{q.rstrip('?.')}, and what should I know about it?"))
GERMAN = "Warum", "Wie", "Was"


def lines(text):
    return [[part.strip().replace("\\n", "\n") for part in line.split(" | ")] for line in text.strip().splitlines()]


def rows(draw):
    """Lists of rows for the two splits: (question, answer, finish, faults, resembles)."""
    pairs, plain, refused = lines(PAIRS), lines(PLAIN), [q for line in lines(REFUSED) for q in line]
    base = [tuple(row[2 * k:2 * k + 2]) for row in pairs for k in range(2)] + [tuple(row) for row in plain]
    other = [(row[0], row[3]) if i % 3 else (row[2], row[1]) for i, row in enumerate(draw.sample(pairs, 12))]
    base = [row for row in base if row[0] not in dict(other)]
    draw.shuffle(base)
    draw.shuffle(refused)
    split = {"look": [], "judge": []}
    share = {"look": 2, "judge": 3}                      # two of five rows of each kind are to look at
    order = [name for name in share for _ in range(share[name])]

    def put(i, *row):
        split[order[i % 5]].append(row)

    def new(i):
        """Is the i-th row of a kind worded in the way that only rows to judge by have?"""
        return order[i % 5] == "judge" and i % 2 == 1

    def worded(i, both, question=""):
        """The i-th wording. Where a question is given, the last wording of four is for German ones."""
        kinds = both[new(i)]
        if question.startswith(GERMAN):
            return kinds[3]
        return kinds[i // 2 % (3 if question else len(kinds))]

    for i, question in enumerate(refused):
        two = i in (0, 7)
        put(i, question, NAMED[new(i)][1] * two + worded(i, REFUSALS, question), "stop", ["refusal", "self-naming"][:1 + two], "")
    for i in range(14):
        question, answer = base.pop()
        put(i, question, worded(i, NAMED, question) + answer, "stop", ["self-naming"], "")
    for i in range(15):
        question, answer = base.pop()
        put(i, question, worded(i, THOUGHT).format(answer), "stop", ["reasoning"], "")
    for i in range(14):
        question, answer = base.pop()
        put(i, question, worded(i, RESIDUE).format(answer), "stop", ["residue"], "")
    for i in range(15):                                  # some endpoints say "stop" for an answer that is not whole
        question, answer = base.pop()
        words = answer.split()
        put(i, question, " ".join(words[:draw.randint(len(words) // 3, len(words) - 2)]), ("length", "stop")[i % 2], ["cut-off"], "")
    for i, row in enumerate(other):
        put(i, *row, "stop", ["other language"], "")
    for i, row in enumerate(lines(LOOKALIKES)):
        put(i, *row[:2], "stop", [], row[2])
    for question, answer, numbers, factor in FAMILIES:
        for i, number in enumerate(numbers):
            put(i, question.format(number), answer.format(f"{number * factor:,}"), "stop", [], "near duplicate")
    for i in range(6):                                   # whole, and exactly as long as the limit
        question, answer = base.pop()
        put(i, question, answer, "length", [], "cut-off")
    for name, first, wanted in (("look", 72, 80), ("judge", 108, 120)):
        while len(split[name]) < first:
            split[name].append((*base.pop(), "stop", [], ""))
        originals = [row for row in split[name] if not row[3] and not row[4] and not row[0].startswith(GERMAN)]
        for i in range(wanted - first):                  # the rest of each split asks again what it has asked
            question, answer, *_ = originals[i]
            known = name == "look" or i % 2 == 0
            again = REWORDED[not known][i // 2 % len(REWORDED[not known])](question)
            split[name].append((again, answer if known else f"Sure. {answer}", "stop", ["near duplicate"], ""))
    return split


def main():
    draw, out = random.Random(6), []
    for name, made in rows(draw).items():
        first = [row for row in made if "near duplicate" not in row[3]]
        again = [row for row in made if "near duplicate" in row[3]]
        draw.shuffle(first)
        draw.shuffle(again)
        for question, answer, finish, faults, resembles in first + again:
            out.append({"id": len(out), "split": name, "prompt": question, "answer": answer, "finish": finish,
                        "faults": faults, "resembles": resembles})
    OUT.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in out), encoding="utf-8")
    print(hashlib.sha256(OUT.read_bytes()).hexdigest(), OUT.name, f"{OUT.stat().st_size:,} bytes, {len(out)} rows")


if __name__ == "__main__":
    main()
