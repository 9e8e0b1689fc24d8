// What the server gives under an address.

/** @param {string} url @param {AbortSignal} signal */
export async function fetched(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(String(response.status));
  return response.arrayBuffer();
}
