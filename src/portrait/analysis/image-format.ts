/** @file Names files that browsers do not decode as pictures, so that an error can say what to do. */

/** Enough to recognise them. */
export const FORMAT_BYTES = 512;

/** The byte order mark of UTF-8, read as Latin-1. */
const UTF8_MARK = /^\u00EF\u00BB\u00BF/;
const JPEG_OR_PNG = 'Save it as JPEG or PNG and use that.';
/** Brands of HEIF containers (ISO/IEC 23008-12) that hold HEVC pictures. */
const HEIC_BRANDS = /^(heic|heix|hevc|hevx|heim|heis|mif1|msf1)$/;

/**
 * What a file is that could not be decoded, and what to do about it.
 *
 * @param bytes the beginning of the file
 * @returns null if it is not recognised
 */
export function nameFormat(bytes: Uint8Array): { what: string; remedy: string } | null {
  const latin = String.fromCharCode(...bytes.subarray(0, FORMAT_BYTES)).replace(UTF8_MARK, '');
  if (latin.slice(4, 8) === 'ftyp' && latin.slice(8, 40).includes('avif')) {
    return {
      what: 'The picture is in the AVIF format and damaged, or not decoded by this browser.',
      remedy: JPEG_OR_PNG,
    };
  }
  if (latin.slice(4, 8) === 'ftyp' && HEIC_BRANDS.test(latin.slice(8, 12))) {
    return { what: 'The picture is in the HEIC format, which this browser does not decode.', remedy: JPEG_OR_PNG };
  }
  if (latin.slice(4, 8) === 'ftyp') return { what: 'The file is a video or a sound.', remedy: 'Use a still picture.' };
  if (latin.startsWith('%PDF')) return { what: 'The file is a PDF document.', remedy: JPEG_OR_PNG };
  if (latin.startsWith('II*\0') || latin.startsWith('MM\0*')) {
    return { what: 'The picture is in the TIFF format or a camera raw file.', remedy: JPEG_OR_PNG };
  }
  if (
    /^\s*(<\?xml|<!--|<svg|<!doctype svg)/i.test(latin) &&
    /<svg|<!doctype svg/i.test(latin) &&
    !/<html/i.test(latin)
  ) {
    const remedy = 'Export it as a PNG of at least 512 x 512 pixels and use that.';
    return { what: 'The file is an SVG drawing, which has no pixels.', remedy };
  }
  if (/^\s*(<\?xml[^>]*>\s*)?<(!doctype )?html/i.test(latin)) {
    return { what: 'The file is a web page, not a picture.', remedy: 'Check the address of the picture.' };
  }
  // oxlint-disable-next-line no-control-regex -- bytes that no text contains
  if (bytes.length > 0 && !/[\x00-\x08\x0e-\x1f]/.test(latin)) {
    return { what: 'The file contains text, not a picture.', remedy: 'Use a PNG, JPEG or WebP file.' };
  }
  return null;
}
