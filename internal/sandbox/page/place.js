// The desk's addresses, which are Halo's: /customers?clientid=12, /customers?mainview=user&userid=34,
// /ticket?id=881.

/** The client, user or ticket that an address leads to; null for none of them. */
export function placeOf(url) {
  const at = (name) => Number(url.searchParams.get(name)) || 0;
  if (url.pathname === "/ticket" || url.pathname === "/tickets") return at("id") ? { kind: "ticket", id: at("id") } : null;
  if (url.pathname !== "/customers") return null;
  if (url.searchParams.get("mainview") === "user") return at("userid") ? { kind: "user", id: at("userid") } : null;
  return at("clientid") ? { kind: "client", id: at("clientid") } : null;
}

/** The path of a place; null is the desk itself. */
export function urlOf(place) {
  switch (place?.kind) {
    case "ticket":
      return `/ticket?id=${place.id}`;
    case "user":
      return `/customers?mainview=user&userid=${place.id}`;
    case "client":
      return `/customers?clientid=${place.id}`;
  }
  return "/customers";
}

export const same = (a, b) => a?.kind === b?.kind && a?.id === b?.id;
