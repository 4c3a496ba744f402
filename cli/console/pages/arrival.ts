// How somebody comes to the page: by a fresh link, by a bookmark, or from another screen.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { addressOf, type Place, placeIn } from './address.ts';
import { tokenIn } from './session.ts';

/** The token in the address, which is taken out of it; undefined where there is none. */
export function takeToken(instead: Place): string | undefined {
  const token = tokenIn(location.hash);
  if (token !== undefined) history.replaceState(null, '', addressOf(instead));
  return token;
}

/**
 * Where somebody is, and the way to another place.
 *
 * @param onToken told of the token where somebody opens a fresh link over the page, which stays as it is
 */
export function usePlace(onToken: (token: string) => void) {
  const [place, setPlace] = useState(() => placeIn(location.hash));
  const here = useRef(place);
  here.current = place;
  useEffect(() => {
    const arrive = () => {
      const token = takeToken(here.current);
      if (token === undefined) setPlace(placeIn(location.hash));
      else onToken(token);
    };
    addEventListener('hashchange', arrive);
    return () => removeEventListener('hashchange', arrive);
  }, [onToken]);
  const go = useCallback((there: Place, how?: 'replace') => {
    const address = addressOf(there);
    if (how === 'replace') history.replaceState(null, '', address);
    else if (address !== location.hash) history.pushState(null, '', address);
    setPlace(there);
  }, []);
  return { place, go };
}
