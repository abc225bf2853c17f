// On a wide screen a deck; on a phone the same slides one under the other, to scroll.
const PHONE = matchMedia("(max-width: 600px)").matches && window.top === window;     // the speaker's view has small frames

// Each slide in the largest of these sizes in which it does not run over. Below the last, it is the deck that is wrong.
function fit(card) {
  for (const size of [26, 24, 22, 20, 18, 16]) {
    card.style.fontSize = size + "px";
    const wide = [card, ...card.querySelectorAll("pre")].some(part => part.scrollWidth > part.clientWidth + 1);
    if (card.scrollHeight <= card.clientHeight && !wide) return;
  }
  card.classList.add("over");
}

if (PHONE) {
  document.documentElement.classList.add("phone");
} else addEventListener("load", () => {
  document.documentElement.classList.add("measured");      // all slides shown, for as long as they are measured
  document.querySelectorAll(".card").forEach(fit);
  document.documentElement.classList.remove("measured");
  Reveal.initialize({width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
                     scrollActivationWidth: null, plugins: [RevealNotes]});
});
