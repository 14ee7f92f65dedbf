/** @file Files that are no pictures, or none that browsers decode, are named. */
import { expect, it } from 'vitest';
import { nameFormat } from '../../../../src/portrait/analysis/image-format';

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

it.each([
  ['\0\0\0\x24ftypheic\0\0\0\0mif1', /HEIC/],
  ['\0\0\0\x20ftypisom', /video/],
  ['\0\0\0\x20ftypavif\0\0\0\0avifmif1', /AVIF/],
  ['\0\0\0\x20ftypmif1\0\0\0\0avifmif1', /AVIF/],
  ['%PDF-1.7', /PDF/],
  ['II*\0\x08\0\0\0', /TIFF/],
  ['<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">', /SVG/],
  ['\xEF\xBB\xBF<svg xmlns="http://www.w3.org/2000/svg">', /SVG/],
  ['<!DOCTYPE html><html>', /web page/],
  ['\xEF\xBB\xBF<!doctype html>', /web page/],
  ['<?xml version="1.0"?><html><img src="a.svg">', /web page/],
  ['no picture\n', /text/],
])('%j', (content, what) => {
  expect(nameFormat(bytes(content))?.what).toMatch(what);
});

it('does not name what it does not know', () => {
  expect(nameFormat(bytes('\x89PNG\r\n\x1a\n\0\0'))).toBeNull();
  expect(nameFormat(bytes(''))).toBeNull();
});
