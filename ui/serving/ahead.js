// Asks for the scripts that draw the page's fields before Streamlit does, which asks when the first field of its kind has come.
// Where the server is near, they wait for the first heading: until then the processor has enough to do.
{
  const FAR_MS = 50;
  const ask = () => {
    const links = document.querySelector("meta[name=ahead]").content.split(" ").map((href) => {
      return Object.assign(document.createElement("link"), { rel: "modulepreload", href, fetchPriority: "low" });
    });
    document.head.append(...links);
  };
  const [visit] = performance.getEntriesByType("navigation");
  if (visit?.responseStart - visit?.requestStart > FAR_MS) ask();
  else {
    new MutationObserver((_changes, watcher) => {
      if (document.querySelector("h1") === null) return;
      watcher.disconnect();
      ask();
    }).observe(document.documentElement, { childList: true, subtree: true });
  }
}
